"""What a model is shown of the code: the recalled places, within a token budget."""

from dataclasses import dataclass

from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.records import Place, Recall

CHARACTERS_A_TOKEN = 3.2
"""Source code under the Qwen2.5 tokenizer runs at about 3.2 characters a token; only used to keep to a budget."""
SMALL_FILE = 60
"""Lines up to which a file is shown whole: cheaper than explaining an excerpt."""


@dataclass(frozen=True)
class Excerpt:
    """Lines `start` to `end` (from 1, inclusive) of a file."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Context:
    """The chosen excerpts, and the whole sources that edits apply to."""

    excerpts: tuple[Excerpt, ...]
    sources: dict[str, str]


def choose_context(
    repo: Repository,
    commit: str,
    recall: Recall,
    *,
    budget: int = 1200,
    most: int = 5,
    protected: tuple[str, ...] = (),
) -> Context:
    """The best places of a recall, at most `most` and about `budget` tokens; the first is shown in any case.

    Tests are not among them: what is shown may be edited, and tests are what decides.
    """
    excerpts: list[Excerpt] = []
    sources: dict[str, str] = {}
    left = budget * CHARACTERS_A_TOKEN
    for place in _places(recall):
        if place.path in protected or is_test_path(place.path):
            continue
        source = sources.get(place.path) or _read(repo, commit, place.path)
        excerpt = source and _excerpt(place, source)
        if not excerpt or any(_covers(other, excerpt) for other in excerpts):
            continue
        if excerpts and len(excerpt.text) > left:
            continue
        excerpts.append(excerpt)
        sources[place.path] = source
        left -= len(excerpt.text)
        if len(excerpts) == most:
            break
    return Context(tuple(excerpts), sources)


def _places(recall: Recall) -> list[Place]:
    """Symbols first, as they are small; then files that no symbol stands for."""
    known = {place.path for place in recall.symbols}
    return [*recall.symbols, *(place for place in recall.files if place.path not in known)]


def _read(repo: Repository, commit: str, path: str) -> str:
    data = repo.read(commit, path)
    try:
        return data.decode() if data else ""
    except UnicodeDecodeError:
        return ""


def _excerpt(place: Place, source: str) -> Excerpt | None:
    lines = source.splitlines()
    if not lines:
        return None
    if len(lines) <= SMALL_FILE or not place.start:
        start, end = 1, min(len(lines), 4 * SMALL_FILE)
    else:
        start, end = place.start, min(place.end, len(lines))
    return Excerpt(place.path, start, end, "\n".join(lines[start - 1 : end]))


def _covers(have: Excerpt, other: Excerpt) -> bool:
    return have.path == other.path and have.start <= other.start and other.end <= have.end
