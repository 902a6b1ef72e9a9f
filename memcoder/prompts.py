"""The one loader of prompts: strict Jinja templates, compiled once.

A checkout's top-level `prompts/` is read first, so that an edit shows at once; an installed wheel
carries the same files as `memcoder/_prompts`.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = Path(__file__).parent
LABEL = re.compile(r"[^\w .,:;/()+@=-]")
"""What a data block's label may not hold."""
BROKEN = "<\u200b"
"""An angle bracket that opens nothing."""
MARK = re.compile(r"<(?=data|\s*/\s*data)", re.I)
"""What a reader could take for the beginning or the end of a block."""


def folders(package: Path = PACKAGE) -> list[Path]:
    """Where prompts are looked for: the checkout's own folder, then the wheel's.

    `prompts` beside the package counts only in memcoder's own checkout: beside an installed package it would be
    some other distribution's folder, and its text would reach the model.
    """
    found = [package / "_prompts"]
    project = package.parent / "pyproject.toml"
    if project.is_file() and 'name = "memcoder-agent"' in project.read_text(encoding="utf-8").splitlines():
        found.insert(0, package.parent / "prompts")
    return [folder for folder in found if folder.is_dir()]


def render(name: str, **values: Any) -> str:
    """The prompt `prompts/NAME.j2`, with untrusted values put in as data.

    Raises jinja2.UndefinedError where the template names a value that was not given.
    """
    return _environment().get_template(f"{name}.j2").render(**values).strip() + "\n"


def chat(prompt: str) -> list[dict[str, Any]]:
    """The messages of one question: what the model is, and the prompt."""
    return [{"role": "system", "content": render("system")}, {"role": "user", "content": prompt}]


def data_block(text: str, label: str) -> str:
    """Untrusted text inside a marked block that the text itself cannot close.

    The marks' own angle brackets are taken out of the text, so nothing in it can end the block early; nor can a
    label, which may hold a path, end its own quotes.
    """
    inside = MARK.sub(BROKEN, str(text)).strip("\n").rstrip()
    named = LABEL.sub("_", label)
    return f'<data source="{named}">\n{inside}\n</data>'


def unbroken(answer: str) -> str:
    """A model's answer with the marks as the text had them that it was shown, so that its edits match the files."""
    return answer.replace(BROKEN, "<")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders()]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  the readers are models, not browsers
    )
    environment.filters["data"] = data_block
    return environment
