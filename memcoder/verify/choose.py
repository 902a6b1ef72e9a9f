"""Which of a project's test files matter to an issue: by history, by name and by import, packed into a time budget.

Four orders are put together by reciprocal rank, as in recall: test files that changed with the recalled sources, that
name the recalled functions, that import the recalled files, and that are called like them. What none of them speaks of
comes last.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from memcoder.history.blobs import BlobReader
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.history.trace import files_of, touching
from memcoder.records import Recall, TestRun
from memcoder.verify.imports import imports

FUSION_K = 5
"""Of reciprocal rank fusion, as in recall."""
SOURCES = 10
"""Recalled files that tests are looked for."""
COMMITS = 200
"""Commits, the newest, that tell which tests change with them."""
WIDE = 50
"""Files of a commit that says nothing about what changes together."""
SECONDS = 10.0
"""What each question to git may take."""
COMMON = 0.5
"""A name that a larger share of the test files has says nothing."""
FILE_SECONDS, TEST_SECONDS = 0.2, 0.1
"""What a test file and each of its tests are guessed to take; what is measured takes the guess's place."""
TEST = re.compile(r"^[ \t]*(?:async )?def test|\b(?:it|test)(?:\.\w+)?\(|^func Test|^[ \t]*#\[test\]", re.M)
ROUNDS = 3
"""Runs at most until the chosen tests fit."""
SLOWER = 4.0
"""Tests that did not end are taken to need so many times what they were given."""
ENOUGH = 0.5
"""Part of the budget that, once used, is not filled further."""

Try = Callable[[Sequence[str]], TestRun]
"""Runs these test files at the base commit, for no longer than the budget."""


@dataclass(frozen=True)
class Ranked:
    """A project's test files, those that matter most first, and the seconds that each is guessed to take."""

    paths: tuple[str, ...]
    guesses: Mapping[str, float]


def rank_tests(repo: Repository, commit: str, recall: Recall, tests: Sequence[str]) -> Ranked:
    """The test files in the order in which they matter to what was recalled."""
    sources = _sources(recall)
    tree = repo.tree(commit)
    with BlobReader(repo.path) as blobs:
        texts = {path: (blobs.read(tree[path]) or b"").decode(errors="replace") for path in tests}
    orders = (
        _together(repo, commit, sources, texts),
        _named(recall, texts),
        {test: _best(sources, lambda source, test=test: imports(test, texts[test], source)) for test in texts},  # type: ignore[misc]
        {test: _best(sources, lambda source, test=test: _alike(test, source)) for test in texts},  # type: ignore[misc]
    )
    score: dict[str, float] = defaultdict(float)
    for order in orders:
        levels = sorted({value for value in order.values() if value > 0}, reverse=True)
        for test, value in order.items():
            if value > 0:
                score[test] += 1 / (FUSION_K + levels.index(value) + 1)
    paths = sorted(texts, key=lambda test: (-score[test], test))
    return Ranked(tuple(paths), {test: _guess(text) for test, text in texts.items()})


def pack(ranked: Sequence[str], seconds: Mapping[str, float], budget: float) -> list[str]:
    """The files that fit into the budget, the first ones first; the very first in any case."""
    chosen: list[str] = []
    left = budget
    for path in ranked:
        if seconds[path] <= left or not chosen:
            chosen.append(path)
            left -= seconds[path]
    return chosen


def choose(ranked: Ranked, budget: float, run: Try) -> list[str]:
    """The test files, in order, that run within the budget of seconds: all of them where they do.

    What is chosen by guesses is run; a run that does not end makes the choice smaller, and one that leaves most of the
    budget makes it larger, by what it measured. After the last round what was last seen to end is taken.
    """
    seconds = dict(ranked.guesses)
    ended: list[str] = []
    tried: set[tuple[str, ...]] = set()
    for _ in range(ROUNDS):
        chosen = pack(ranked.paths, seconds, budget)
        if tuple(chosen) in tried:
            break
        tried.add(tuple(chosen))
        outcome = run(chosen)
        if not outcome.timed_out:
            ended = chosen
            if len(chosen) == len(ranked.paths) or outcome.seconds > ENOUGH * budget:
                break
        seconds = _learned(seconds, chosen, outcome)
    return ended or pack(ranked.paths, seconds, budget)


def _learned(seconds: Mapping[str, float], chosen: Sequence[str], outcome: TestRun) -> dict[str, float]:
    """Guesses corrected by what a run took, file by file where the runner tells."""
    took = max(outcome.seconds, 0.1) * (SLOWER if outcome.timed_out else 1)
    ratio = took / max(sum(seconds[path] for path in chosen), 0.1)
    corrected = {path: value * ratio for path, value in seconds.items()}
    return corrected | {path: took for path, took in outcome.file_seconds.items() if path in corrected and took > 0}


def _sources(recall: Recall) -> dict[str, float]:
    """The recalled files that are no tests, with the weight of their place."""
    paths = dict.fromkeys(place.path for place in (*recall.symbols, *recall.files) if not is_test_path(place.path))
    return {path: 1 / (at + 1) for at, path in enumerate(list(paths)[:SOURCES])}


def _together(repo: Repository, commit: str, sources: Mapping[str, float], tests: Iterable[str]) -> dict[str, float]:
    """How often each test file changed with the sources, each commit shared by how much it changed."""
    shas = touching(repo, commit, list(sources), COMMITS, SECONDS) if sources else []
    counted: dict[str, float] = dict.fromkeys(tests, 0.0)
    for files in files_of(repo, shas, SECONDS).values():
        weight = sum(sources.get(path, 0.0) for path in files)
        for path in files if len(files) <= WIDE else ():
            if path in counted:
                counted[path] += weight / len(files) ** 0.5
    return counted


def _named(recall: Recall, texts: Mapping[str, str]) -> dict[str, float]:
    """Test files that name the recalled functions and classes; a name that many have says less."""
    names = dict.fromkeys(place.symbol.rpartition(".")[2] for place in recall.symbols if place.symbol)
    found: dict[str, float] = dict.fromkeys(texts, 0.0)
    for at, name in enumerate(names):
        word = re.compile(rf"\b{re.escape(name)}\b")
        having = [path for path, text in texts.items() if word.search(text)]
        if len(having) <= max(1.0, COMMON * len(texts)):
            for path in having:
                found[path] += 1 / ((at + 1) * len(having) ** 0.5)
    return found


def _best(sources: Mapping[str, float], holds: Callable[[str], bool]) -> float:
    """The weight of the first source for which it holds."""
    return max((weight for source, weight in sources.items() if holds(source)), default=0.0)


def _alike(test: str, source: str) -> bool:
    """Whether a test file is called like a source file: `test_cart.py`, `cart.test.js`, `cart_test.go`."""
    stem = source.rpartition("/")[2].partition(".")[0].strip("_")
    words = re.split(r"[._-]", test.rpartition("/")[2].lower())
    return bool(stem) and (stem.lower() in words or f"test_{stem.lower()}.py" == test.rpartition("/")[2].lower())


def _guess(text: str) -> float:
    return FILE_SECONDS + TEST_SECONDS * len(TEST.findall(text))
