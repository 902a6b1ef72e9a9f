"""One self-contained HTML page of a run; everything in it is escaped, nothing in it is fetched or executed."""

import base64
import hashlib
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memcoder.records import Run, Verdict
from memcoder.runs.clock import clock
from memcoder.wording import title_of, visible

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

FOLDER = Path(__file__).parent
CHANGES = ("fixed", "broken", "still failing", "unchanged")
"""Of a test, in the order in which the page lists them."""


def render_page(run: Run) -> str:
    """The page; model output and repository text are untrusted, so the template escapes all of it.

    Its content policy allows one style sheet, by hash, and nothing else: no script, no image, no request.
    """
    style, digest = page_style()
    return _template().render(
        run=run,
        title=title_of(run.task.issue) or run.id,
        style=style,
        style_hash=digest,
        tests=test_rows(run.verdict) if run.verdict else [],
    )


def page_style(more: str = "") -> tuple["Markup", str]:
    """The style sheet of pages, with rules of our own after it, and its hash for the content policy."""
    from markupsafe import Markup

    style = (FOLDER / "page.css").read_text(encoding="utf-8") + more
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Markup(style), digest  # noqa: S704 - our own file


def page_environment(*folders: Path) -> "Environment":
    """Where templates of pages are rendered: theirs and those of runs, all that they put in escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in (*folders, FOLDER)]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"diff_lines": diff_lines, "date": _date, "clock": clock}
    return environment


def test_rows(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    """(test, outcome before, outcome after, change), what changed first."""
    before = verdict.before.tests if verdict.before else {}
    after = verdict.after.tests if verdict.after else {}
    found = verdict.comparison
    change = {
        **dict.fromkeys(found.fixed, "fixed"),
        **dict.fromkeys(found.broken, "broken"),
        **dict.fromkeys(found.still_failing, "still failing"),
    }
    names = sorted(before.keys() | after.keys() | change.keys())
    rows = [(name, before.get(name, ""), after.get(name, ""), change.get(name, "unchanged")) for name in names]
    return sorted(rows, key=lambda row: CHANGES.index(row[3]))


def diff_lines(diff: str) -> Iterator[tuple[str, str]]:
    """(class, line) of a unified diff: `file`, `hunk`, `add`, `del` or `same`."""
    inside = False  # of a hunk, where a line that begins with --- is a deleted line
    lines = diff.splitlines()
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if line.startswith("diff ") or (line.startswith("--- ") and following.startswith("+++ ")):
            inside = False
        if line.startswith("@@"):
            inside = True
            yield "hunk", line
        elif not inside:
            yield "file", line
        else:
            yield {"+": "add", "-": "del"}.get(line[:1], "same"), line


def _visible(value: Any) -> Any:
    """What the template puts in: text that is not our own markup has nothing hidden in it."""
    return value if not isinstance(value, str) or hasattr(value, "__html__") else visible(value)


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


@cache
def _template() -> "Template":
    return page_environment().get_template("page.html.j2")
