"""Where an edit may be needed: recalled places, ordered also by what the failing tests ran."""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memcoder.agent.lines import split_lines
from memcoder.records import Place, Recall
from memcoder.verify.spectrum import Spectrum

LONGEST = 120
"""Lines of one location at most."""
FUSION_K = 5
"""Of reciprocal rank fusion, as in recall."""


@dataclass(frozen=True)
class Location:
    """Lines `start` to `end` (from 1, inclusive) of a file: where an edit may be needed."""

    path: str
    start: int
    end: int
    function: str = ""
    """Its name, where the lines are one whole Python function."""
    header: str = ""
    """All of the function before what it does, its docstring included, without the common indent.

    Answers begin with it, so that no time goes on copying: to read a token costs the embedded model a quarter of
    writing one.
    """


def rank_places(places: Sequence[Place], spectrum: Spectrum) -> list[Place]:
    """Places by reciprocal rank: the order in which they are given, and that of what the failing tests ran.

    Where it is known what the failing tests ran, the places that they did not run are left out, as long as any are
    left.
    """
    run = [place for place in places if _suspicion(place, spectrum)] or places
    suspicion = [_suspicion(place, spectrum) for place in run]
    levels = sorted(filter(None, set(suspicion)), reverse=True)

    def score(at: int) -> float:
        own = 1 / (FUSION_K + at + 1)
        return own + (1 / (FUSION_K + levels.index(suspicion[at]) + 1) if suspicion[at] else 0.0)

    return [run[at] for at in sorted(range(len(run)), key=lambda at: (-score(at), -suspicion[at], at))]


def recalled_places(recall: Recall) -> list[Place]:
    """Symbols in recall's order, then files that no symbol stands for; of two that overlap the inner one alone."""
    known = {place.path for place in recall.symbols}
    every = [*recall.symbols, *(place for place in recall.files if place.path not in known)]
    return [place for place in every if not any(_within(other, place) for other in every)]


def to_location(place: Place, source: str, spectrum: Spectrum) -> Location:
    """The place's lines; those of the whole function for a part of one, and a window where they are too many."""
    lines = split_lines(source)
    start, end = (place.start, min(place.end, len(lines))) if place.start else (1, len(lines))
    inner = range(start, end + 1)
    function = _function(source, start, end) if place.path.endswith(".py") else None
    if function:
        start, end = _first_line(function), function.end_lineno or end
    if end - start >= LONGEST:
        suspicious = spectrum.lines.get(place.path, {})
        most = max(range(start, end + 1), key=lambda line: (suspicious.get(line, 0.0), line in inner))
        start = max(start, min(most - LONGEST // 2, end - LONGEST + 1))
        return Location(place.path, start, min(end, start + LONGEST - 1))
    header = _header(function, lines) if function else ""
    if function is None or not header:
        return Location(place.path, start, end)
    return Location(place.path, start, end, function.name, header)


def _suspicion(place: Place, spectrum: Spectrum) -> float:
    return spectrum.of(place.path, place.start or 1, place.end or sys.maxsize)


def _within(inner: Place, outer: Place) -> bool:
    """Whether one place is a part of the other; a place without lines is its whole file."""
    if inner.path != outer.path or not inner.start:
        return False
    same = (inner.start, inner.end) == (outer.start, outer.end)
    return not outer.start or (outer.start <= inner.start and inner.end <= outer.end and not same)


def _function(source: str, start: int, end: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The outermost function that has these lines."""
    around = [one for one in _functions(source) if _first_line(one) <= start and end <= (one.end_lineno or 0)]
    return min(around, key=_first_line, default=None)


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _header(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> str:
    """Its lines before the first statement after its docstring, or before the docstring where that cannot be moved.

    Empty where the statement shares a line with them.
    """
    start = _first_line(function)
    indent = lines[start - 1][: function.col_offset]
    documented = ast.get_docstring(function) is not None
    for first in function.body[documented : documented + 1] + function.body[:1]:
        end = _first_line(first)
        own_line = not lines[end - 1][: first.col_offset].strip()
        header = lines[start - 1 : end - 1]
        # A docstring may stand further left than its function.
        if own_line and all(line.startswith(indent) or not line.strip() for line in header):
            return "\n".join(line.removeprefix(indent) for line in header)
    return ""


def overlap(one: Location, other: Location) -> bool:
    """Whether they share a line."""
    return one.path == other.path and one.start <= other.end and other.start <= one.end
