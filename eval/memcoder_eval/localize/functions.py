"""Functions of source files as the benchmark counts them, and what showing them costs.

The outermost function counts: a nested function is part of the one around it. Methods are `Class.method`. What goes
by one name in one file (a property and its setter, two branches of an `if`) is one function of several pieces.
"""

import ast
import textwrap
from dataclasses import dataclass

from memcoder import Repository, count_tokens, symbols


@dataclass(frozen=True)
class Function:
    """A function of a file; its pieces are (first, last) lines from 1, `last` inclusive, decorators included."""

    name: str
    pieces: tuple[tuple[int, int], ...]
    source: str


@dataclass(frozen=True)
class Sized:
    """A function's place and its size in tokens, as it stands and with docstrings removed."""

    name: str
    pieces: tuple[tuple[int, int], ...]
    full: int
    plain: int


def functions(path: str, source: bytes) -> dict[str, Function]:
    """The outermost functions of a file by qualified name; empty where its language has no grammar here."""
    pieces: dict[str, list[tuple[int, int]]] = {}
    end = 0
    for symbol in symbols(path, source):  # an outer symbol comes before those in it
        if symbol.kind != "class" and symbol.start > end:
            pieces.setdefault(symbol.qualified, []).append((symbol.start, symbol.end))
            end = symbol.end
    lines = source.decode("utf-8", "replace").split("\n")
    return {
        name: Function(name, tuple(spans), "\n".join("\n".join(lines[first - 1 : last]) for first, last in spans))
        for name, spans in pieces.items()
    }


def without_docstrings(source: str) -> str:
    """Python with the docstrings of all its functions and classes taken out; what does not parse stays as it is."""
    text = textwrap.dedent(source)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return source
    dropped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _has_docstring(node):
            first = node.body[0]
            dropped.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return "\n".join(line for number, line in enumerate(text.split("\n"), start=1) if number not in dropped)


def _has_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether there is one on lines of its own."""
    if ast.get_docstring(node, clean=False) is None:
        return False
    alone = len(node.body) == 1 or node.body[1].lineno > (node.body[0].end_lineno or 0)
    return alone and node.body[0].lineno > node.lineno


class Sources:
    """The functions of one repository's files, each blob read once."""

    def __init__(self, repo: Repository) -> None:
        self._repo = repo
        self._known: dict[tuple[str, str], tuple[Sized, ...]] = {}

    def of(self, commit: str, path: str) -> tuple[Sized, ...]:
        """The functions of a file as of a commit."""
        blob = self._repo.tree(commit).get(path)
        if blob is None:
            return ()
        key = (blob, path[path.rfind(".") :])
        if key not in self._known:
            found = functions(path, self._repo.read(commit, path) or b"")
            self._known[key] = tuple(_sized(one) for one in found.values())
        return self._known[key]

    def at(self, commit: str, path: str, line: int) -> Sized | None:
        """The function that holds a line."""
        around = (one for one in self.of(commit, path) if any(first <= line <= last for first, last in one.pieces))
        return next(around, None)


def _sized(one: Function) -> Sized:
    return Sized(one.name, one.pieces, count_tokens(one.source), count_tokens(without_docstrings(one.source)))
