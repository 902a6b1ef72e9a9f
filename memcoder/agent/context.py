"""What a model is shown of the code: the recalled places, those that the failing tests run first.

Memory supplies the places, and the spectrum of the failing tests orders them. A model with a large context is shown
all of them at once. A small one is shown one function at a time, whose header its answer begins with: it has less to
read, and nothing else to write than that function.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.records import Place, Recall
from memcoder.verify.spectrum import Spectrum

CHARACTERS_A_TOKEN = 3.2
"""Source code under the Qwen2.5 tokenizer runs at about 3.2 characters a token; only used to keep to a budget."""
LONGEST = 120
"""Lines that are shown of one place."""
FUSION_K = 5
"""Of reciprocal rank fusion, as in recall."""
COMMENT = re.compile(r"\s*(#|//|/\*|\*)")
ROOMY = 16_000
"""Tokens of context from which on a model is shown all places at once."""
MOST, BUDGET = 5, 3000
"""Places that are shown at most, and tokens that they take together."""


@dataclass(frozen=True)
class Location:
    """Lines `start` to `end` (from 1, inclusive) of a file: where an edit may be needed."""

    path: str
    start: int
    end: int
    function: str = ""
    """Its name, where the lines are one whole Python function."""
    header: str = ""
    """The function's decorators and signature as written, without their common indent."""


@dataclass(frozen=True)
class Excerpt:
    """Lines `start` to `end` (from 1, inclusive) of a file, as a prompt shows them."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class View:
    """What one prompt shows; `function` and `header` where it is about one function alone."""

    excerpts: tuple[Excerpt, ...]
    function: str = ""
    header: str = ""


@dataclass(frozen=True)
class Context:
    """The chosen locations, best first, the whole sources that edits apply to, and the suspicion of their lines."""

    locations: tuple[Location, ...]
    sources: dict[str, str]
    spectrum: Spectrum = field(default_factory=Spectrum)

    def views(self, model_context: int) -> list[View]:
        """What the prompts show, for a model with so many tokens of context."""
        shown = [self._excerpt(place) for place in self.locations]
        if model_context >= ROOMY:
            return [View(tuple(dict.fromkeys(shown)))]
        pairs = zip(self.locations, shown, strict=True)
        return [View((excerpt,), place.function, place.header) for place, excerpt in pairs]

    def _excerpt(self, place: Location) -> Excerpt:
        """The place with the comments and bare strings beside it, which often say what it should do."""
        source = self.sources[place.path]
        lines = source.splitlines()
        passive = bare_strings(source) if place.path.endswith(".py") else set()
        start, end = place.start, place.end
        while start > 1 and _is_passive(lines[start - 2], start - 1, passive):
            start -= 1
        while end < len(lines) and _is_passive(lines[end], end + 1, passive):
            end += 1
        return Excerpt(place.path, start, end, "\n".join(lines[start - 1 : end]).strip("\n"))


def bare_strings(source: str) -> set[int]:
    """Lines (from 1) that hold nothing but a docstring or another bare string."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _is_passive(text: str, line: int, strings: set[int]) -> bool:
    return not text.strip() or line in strings or bool(COMMENT.match(text))


def choose_context(
    repo: Repository, commit: str, recall: Recall, spectrum: Spectrum | None = None, protected: tuple[str, ...] = ()
) -> Context:
    """The best places of a recall, at most MOST and about BUDGET tokens; the first is taken in any case.

    Tests are not among them: what is shown may be edited, and tests are what decides.
    """
    spectrum = spectrum or Spectrum()
    sources: dict[str, str] = {}
    chosen: list[Location] = []
    left = BUDGET * CHARACTERS_A_TOKEN
    for place in _ranked(recall, spectrum):
        if place.path in protected or is_test_path(place.path):
            continue
        source = sources.get(place.path) or _read(repo, commit, place.path)
        if not source.strip():
            continue
        location = _location(place, source, spectrum)
        size = sum(len(line) for line in source.splitlines()[location.start - 1 : location.end])
        if any(_overlap(other, location) for other in chosen) or (chosen and size > left):
            continue
        chosen.append(location)
        sources[place.path] = source
        left -= size
        if len(chosen) == MOST:
            break
    return Context(tuple(chosen), sources, spectrum)


def _ranked(recall: Recall, spectrum: Spectrum) -> list[Place]:
    """The recalled places by reciprocal rank: recall's own order, and that of what the failing tests ran.

    Where a place lies within another, the inner one stands for both. Where it is known what the failing tests ran,
    the places that they did not run are left out, as long as any are left.
    """
    known = {place.path for place in recall.symbols}
    every = [*recall.symbols, *(place for place in recall.files if place.path not in known)]
    inner = [place for place in every if not any(_within(other, place) for other in every)]
    places = [place for place in inner if _suspicion(place, spectrum)] or inner
    suspicion = [_suspicion(place, spectrum) for place in places]
    levels = sorted(filter(None, set(suspicion)), reverse=True)

    def score(at: int) -> float:
        own = 1 / (FUSION_K + at + 1)
        return own + (1 / (FUSION_K + levels.index(suspicion[at]) + 1) if suspicion[at] else 0.0)

    return [places[at] for at in sorted(range(len(places)), key=lambda at: (-score(at), -suspicion[at], at))]


def _suspicion(place: Place, spectrum: Spectrum) -> float:
    return spectrum.of(place.path, place.start or 1, place.end or sys.maxsize)


def _within(inner: Place, outer: Place) -> bool:
    """Whether one place is a part of the other; a place without lines is its whole file."""
    if inner.path != outer.path or not inner.start or inner == outer:
        return False
    return not outer.start or (outer.start <= inner.start and inner.end <= outer.end)


def _read(repo: Repository, commit: str, path: str) -> str:
    data = repo.read(commit, path)
    try:
        return data.decode() if data else ""
    except UnicodeDecodeError:
        return ""


def _location(place: Place, source: str, spectrum: Spectrum) -> Location:
    """The place's lines; those of the whole function for a part of one, and a window where they are too many."""
    lines = source.splitlines()
    start, end = (place.start, min(place.end, len(lines))) if place.start else (1, len(lines))
    function = _function(source, start, end) if place.path.endswith(".py") else None
    if function:
        start, end = _first_line(function), function.end_lineno or end
    if end - start >= LONGEST:
        suspicious = spectrum.lines.get(place.path, {})
        most = max(range(start, end + 1), key=lambda line: suspicious.get(line, 0.0))
        start = max(start, min(most - LONGEST // 2, end - LONGEST + 1))
        return Location(place.path, start, min(end, start + LONGEST - 1))
    if function is None or function.body[0].lineno == function.lineno:
        return Location(place.path, start, end)
    return Location(place.path, start, end, function.name, _dedented(lines[start - 1 : function.body[0].lineno - 1]))


def _function(source: str, start: int, end: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The outermost function that has these lines."""
    around = [one for one in _functions(source) if _first_line(one) <= start and end <= (one.end_lineno or 0)]
    return min(around, key=_first_line, default=None)


def _first_line(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


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


def _overlap(one: Location, other: Location) -> bool:
    return one.path == other.path and one.start <= other.end and other.start <= one.end
