"""What a model is shown of the code: the recalled places, those that the failing tests run first.

Memory supplies the places, and the spectrum of the failing tests orders them. A model with a large context is shown
all of them at once. A small one is shown one function at a time, whose header its answer begins with: it has less to
read, and nothing else to write than that function.
"""

import ast
import re
from dataclasses import dataclass, field

from memcoder.agent.lines import split_lines
from memcoder.agent.locate import Location, overlap, rank_places, recalled_places, to_location
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.models.tokens import CHARACTERS_A_TOKEN
from memcoder.records import Recall
from memcoder.verify.spectrum import Spectrum

COMMENT = re.compile(r"\s*(#|//|/\*|\*)")
ROOMY = 16_000
"""Tokens of context from which on a model is shown all places at once."""
BESIDE = 30
"""Lines of comments and bare strings shown on either side of a place."""
MOST, BUDGET = 5, 3000
"""Places that are shown at most, and tokens that they take together."""


@dataclass(frozen=True)
class Excerpt:
    """Lines `start` to `end` (from 1, inclusive) of a file, as a prompt shows them."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class View:
    """What one prompt shows; `focus` where it is about one place alone."""

    excerpts: tuple[Excerpt, ...]
    focus: Location | None = None


@dataclass(frozen=True)
class Context:
    """The chosen locations, best first, the whole sources that edits apply to, and the suspicion of their lines."""

    locations: tuple[Location, ...]
    sources: dict[str, str]
    spectrum: Spectrum = field(default_factory=Spectrum)

    def views(self, model_context: int) -> list[View]:
        """What the prompts show, for a model with so many tokens of context."""
        shown = [self.excerpt(place) for place in self.locations]
        if model_context >= ROOMY:
            return [View(tuple(dict.fromkeys(shown)))]
        return [View((excerpt,), place) for place, excerpt in zip(self.locations, shown, strict=True)]

    def excerpt(self, place: Location) -> Excerpt:
        """The place with the comments and bare strings beside it, which often say what it should do."""
        source = self.sources[place.path]
        lines = split_lines(source)
        passive = bare_strings(source) if place.path.endswith(".py") else set()
        start, end = place.start, place.end
        while start > max(1, place.start - BESIDE) and _is_passive(lines[start - 2], start - 1, passive):
            start -= 1
        while end < min(len(lines), place.end + BESIDE) and _is_passive(lines[end], end + 1, passive):
            end += 1
        while start < place.start and not lines[start - 1].strip():
            start += 1
        while end > place.end and not lines[end - 1].strip():
            end -= 1
        return Excerpt(place.path, start, end, "\n".join(lines[start - 1 : end]))


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
    editable = [
        place for place in recalled_places(recall) if place.path not in protected and not is_test_path(place.path)
    ]
    for place in rank_places(editable, spectrum):
        source = sources.get(place.path) or read_source(repo, commit, place.path)
        if not source.strip():
            continue
        location = to_location(place, source, spectrum)
        size = sum(len(line) for line in split_lines(source)[location.start - 1 : location.end])
        if any(overlap(other, location) for other in chosen) or (chosen and size > left):
            continue
        chosen.append(location)
        sources[place.path] = source
        left -= size
        if len(chosen) == MOST:
            break
    return Context(tuple(chosen), sources, spectrum)


def read_source(repo: Repository, commit: str, path: str) -> str:
    """A file as of a commit; empty where it is not there, or no text."""
    data = repo.read(commit, path)
    try:
        return data.decode() if data else ""
    except UnicodeDecodeError:
        return ""
