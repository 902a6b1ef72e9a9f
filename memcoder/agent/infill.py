"""Fill-in-the-middle repair: the model rewrites one line at a time of the places shown.

A line is taken out and the model, which sees what stands before and after, writes what it would put there
(AlphaRepair, Xia and Zhang, FSE 2022: cloze-style repair needs no fine-tuning and no bug patterns). Small
models that cannot describe a bug often write the right line at the right place; the tests choose.
"""

import re
from dataclasses import dataclass

from memcoder.agent.context import COMMENT, Context, bare_strings
from memcoder.agent.lines import join_lines, split_lines

BEFORE, AFTER = 40, 25
"""Lines of context on either side of a hole; reading them is most of what a line costs."""


@dataclass(frozen=True)
class Hole:
    """Line `line` (from 1) of `path` is to be rewritten; `insert`: a new line is to be written before it."""

    path: str
    line: int
    insert: bool = False


def holes(context: Context, *, insert: bool = False) -> list[Hole]:
    """Every line of code in the locations, the most suspicious first; comments, docstrings and headers left out.

    Lines that are equally suspicious stand in the order of their locations.
    """
    found: dict[Hole, float] = {}
    for place in context.locations:
        source = context.sources[place.path]
        lines = split_lines(source)
        skipped = bare_strings(source) if place.path.endswith(".py") else set()
        for line in range(place.start, place.end + 1):
            if _is_code(lines[line - 1]) and line not in skipped:
                found[Hole(place.path, line, insert)] = context.spectrum.of(place.path, line, line)
    return sorted(found, key=lambda hole: -found[hole])


def around(hole: Hole, source: str, note: str = "") -> tuple[str, str, str]:
    """(prefix, suffix, indent) of a hole; `note` is put in front as comment lines."""
    lines = split_lines(source)
    at = hole.line - 1
    indent = re.match(r"\s*", lines[at])[0]  # type: ignore[index]
    before = lines[max(0, at - BEFORE) : at]
    after = lines[at if hole.insert else at + 1 :][:AFTER]
    mark = "//" if not hole.path.endswith((".py", ".rb", ".sh")) else "#"
    head = [f"{mark} {line}" for line in note.splitlines() if line.strip()]
    return "\n".join([*head, *before, indent]), "\n" + "\n".join(after), indent


def fill(hole: Hole, source: str, text: str) -> str | None:
    """The source with the hole filled; None where the text is empty or changes nothing."""
    lines = split_lines(source)
    at = hole.line - 1
    indent = re.match(r"\s*", lines[at])[0]  # type: ignore[index]
    new = (indent + text.rstrip()).rstrip()
    if not new.strip() or (not hole.insert and new == lines[at]):
        return None
    lines[at : at + (0 if hole.insert else 1)] = [new]
    return join_lines(lines, like=source)


def _is_code(line: str) -> bool:
    text = line.strip()
    if not text or COMMENT.match(line):
        return False
    return not text.startswith(("import ", "from ", "def ", "class ", "@")) and any(c.isalnum() for c in text)
