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
    """All of the function before its body as written, without the common indent."""


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
    body = _first_line(function.body[0]) if function else 0
    if function is None or body == function.lineno:
        return Location(place.path, start, end)
    return Location(place.path, start, end, function.name, _dedented(lines[start - 1 : body - 1]))


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


def _dedented(lines: list[str]) -> str:
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines)


def overlap(one: Location, other: Location) -> bool:
    """Whether they share a line."""
    return one.path == other.path and one.start <= other.end and other.start <= one.end
