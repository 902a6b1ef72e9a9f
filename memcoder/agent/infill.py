"""Fill-in-the-middle repair: the model rewrites one line at a time of the places shown.

A line is taken out and the model, which sees what stands before and after, writes what it would put there
(AlphaRepair, Xia and Zhang, FSE 2022: cloze-style repair needs no fine-tuning and no bug patterns). Small
models that cannot describe a bug often write the right line at the right place; the tests choose.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from memcoder.agent.context import Context

BEFORE, AFTER = 60, 40
"""Lines of context on either side of a hole."""
COMMENT = re.compile(r"\s*(#|//|/\*|\*)")


@dataclass(frozen=True)
class Hole:
    """Line `line` (from 1) of `path` is to be rewritten; `insert`: a new line is to be written before it."""

    path: str
    line: int
    insert: bool = False


def holes(context: Context, *, insert: bool = False) -> Iterator[Hole]:
    """Every line of code in the excerpts, best excerpt first; comments, docstrings and headers left out."""
    for excerpt in context.excerpts:
        source = context.sources[excerpt.path]
        skipped = _strings(source) if excerpt.path.endswith(".py") else set()
        for line in range(excerpt.start, excerpt.end + 1):
            if _is_code(source.splitlines()[line - 1]) and line not in skipped:
                yield Hole(excerpt.path, line, insert)


def around(hole: Hole, source: str, note: str = "") -> tuple[str, str, str]:
    """(prefix, suffix, indent) of a hole; `note` is put in front as comment lines."""
    lines = source.splitlines()
    at = hole.line - 1
    indent = re.match(r"\s*", lines[at])[0]  # type: ignore[index]
    before = lines[max(0, at - BEFORE) : at]
    after = lines[at if hole.insert else at + 1 :][:AFTER]
    mark = "//" if not hole.path.endswith((".py", ".rb", ".sh")) else "#"
    head = [f"{mark} {line}" for line in note.splitlines() if line.strip()]
    return "\n".join([*head, *before, indent]), "\n" + "\n".join(after), indent


def fill(hole: Hole, source: str, text: str) -> str | None:
    """The source with the hole filled; None where the text is empty or changes nothing."""
    lines = source.splitlines()
    at = hole.line - 1
    indent = re.match(r"\s*", lines[at])[0]  # type: ignore[index]
    new = (indent + text.rstrip()).rstrip()
    if not new.strip() or (not hole.insert and new == lines[at]):
        return None
    lines[at : at + (0 if hole.insert else 1)] = [new]
    return "\n".join(lines) + ("\n" if source.endswith("\n") else "")


def _is_code(line: str) -> bool:
    text = line.strip()
    if not text or COMMENT.match(line):
        return False
    return not text.startswith(("import ", "from ", "def ", "class ", "@")) and any(c.isalnum() for c in text)


def _strings(source: str) -> set[int]:
    """Lines that hold nothing but a docstring or another bare string."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines
