"""One self-contained HTML page of a run; everything in it is escaped, nothing in it is fetched or executed."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from memcoder.records import Run

if TYPE_CHECKING:
    from jinja2 import Template


def render_page(run: Run) -> str:
    """The page; model output and repository text are untrusted, so the template escapes all of it."""
    return _template().render(run=run, diff_lines=(run.patch.diff if run.patch else "").splitlines())


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(str(Path(__file__).parent))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")
