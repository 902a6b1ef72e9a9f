"""Fill-in-the-middle repair: the model rewrites one line at a time of the places shown.

A line is taken out and the model, which sees what stands before and after, writes what it would put there
(AlphaRepair, Xia and Zhang, FSE 2022: cloze-style repair needs no fine-tuning and no bug patterns). Small
models that cannot describe a bug often write the right line at the right place; the tests choose.
"""

import re
import sys
from dataclasses import dataclass

from memcoder.agent.context import COMMENT, Context, bare_strings
from memcoder.agent.lines import join_lines, split_lines

BEFORE, AFTER = 60, 40
"""Lines of context on either side of a hole: at least, where there are so many, and at most."""
STEP = 30
"""What is shown begins at every so many lines, so that most neighbours' prompts begin alike and are not read again."""


@dataclass(frozen=True)
class Hole:
    """Line `line` (from 1) of `path` is to be rewritten; `insert`: a new line is to be written before it.

    `first` and `last` bound what is shown around it: its function and what is said beside that. With other functions
    in sight small models write what would be right there, and reading is most of what a line costs.
    """

    path: str
    line: int
    insert: bool = False
    first: int = 1
    last: int = sys.maxsize


def holes(context: Context, *, insert: bool = False) -> list[Hole]:
    """Every line of code in the locations, the most suspicious first; comments, docstrings and headers left out.

    Lines that are equally suspicious stand in the order of their locations.
    """
    found: dict[Hole, float] = {}
    for place in context.locations:
        source, shown = context.sources[place.path], context.excerpt(place)
        lines = split_lines(source)
        skipped = bare_strings(source) if place.path.endswith(".py") else set()
        for line in range(place.start, place.end + 1):
            if _is_code(lines[line - 1]) and line not in skipped:
                found[Hole(place.path, line, insert, shown.start, shown.end)] = context.spectrum.of(
                    place.path, line, line
                )
    return sorted(found, key=lambda hole: -found[hole])


def around(hole: Hole, source: str) -> tuple[str, str]:
    """(prefix, suffix) of a hole; the prefix ends with the line's indent."""
    lines = split_lines(source)
    at = hole.line - 1
    indent = re.match(r"\s*", lines[at])[0]  # type: ignore[index]
    before = lines[max(hole.first - 1, (at - BEFORE) // STEP * STEP) : at]
    after = lines[at if hole.insert else at + 1 : hole.last][:AFTER]
    return "\n".join([*before, indent]), "\n" + "\n".join(after)


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
