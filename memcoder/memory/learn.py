"""Weights of the rankers, learned from a repository's own past fixes: message as query, parent as base.

An example is worked out once and kept; which of them count is decided by the commit that asks: its ancestors alone,
the newest first. Fixes are chosen by their hash, so that neighbouring commits learn from the same ones.
"""

import math
import re
import time
from collections.abc import Iterator

import numpy as np

from memcoder.history.git import output
from memcoder.history.repository import Repository
from memcoder.memory import fusion, rankers, weights
from memcoder.memory.embedder import embedder_name
from memcoder.memory.features import by_file, file_candidates, unit_candidates
from memcoder.memory.fusion import Example
from memcoder.memory.index import Mask, MemoryIndex, memory_index, visible
from memcoder.memory.postings import Floats, Integers
from memcoder.memory.scene import Scene
from memcoder.memory.scenes import scene_of
from memcoder.memory.store import PAST_FIXES, MemoryStore
from memcoder.memory.vectors import Progress, pending

EXAMPLES = 120
"""Fixes that weights are learned from."""
LEAST = 20
"""With fewer, weights stay as they are by default."""
WIDEST = 3
"""Product files of a fix that makes a good question."""
WORDS = 4
"""Words that its subject must have."""
VERSION = f"{PAST_FIXES} {' '.join(rankers.ALL)}"
REFERENCE = re.compile(
    r"\(?\b(?:fix(?:e[sd])?|refs?|close[sd]?|gh|see|pr|issue|ticket)?[\s:-]*#\d+\)?|\b[0-9a-f]{7,40}\b", re.I
)
TRAILER = re.compile(r"^[A-Z][\w-]+: .*$|^\(cherry picked from .*$", re.M)


def file_weights(scene: Scene, names: tuple[str, ...]) -> Floats:
    """Weights of the file rankers named, as of the scene's commit."""
    return _weights(scene, "files", names, rankers.FILES, 0)


def unit_weights(scene: Scene, names: tuple[str, ...]) -> Floats:
    """Weights of the unit rankers named, then of how a unit's file fares and of what the unit is."""
    return _weights(scene, "units", names, rankers.UNITS, len(weights.UNIT_EXTRAS))


def missing_examples(store: MemoryStore, index: MemoryIndex, seen: Mask) -> list[int]:
    """Memories that weights as of a commit should be learned from, and that are not worked out yet."""
    versions = {_version(store), f"{VERSION} {embedder_name(store.settings)}"}
    rows = store.database.execute("SELECT number, version FROM examples")
    known = {number for number, version in rows if version in versions}
    return [number for number in chosen(index, seen) if number not in known]


def learn_weights(
    repo: Repository,
    store: MemoryStore,
    commit: str,
    progress: Progress = lambda what, done, total: None,
    within: float = math.inf,
) -> int:
    """Work out the examples that are missing as of a commit, in the order of the history; how many there were.

    After `within` seconds the rest is left.
    """
    index = memory_index(store)
    wanted = sorted(missing_examples(store, index, visible(repo, store, index, commit)))
    parents = _parents(repo, [index.ids[number] for number in wanted])
    end = time.monotonic() + within
    version = _version(store)
    for done, number in enumerate(wanted, start=1):
        if time.monotonic() > end:
            break
        sha = index.ids[number]
        example: dict[str, Example] = {}
        if parents.get(sha):
            memory = store.get(sha)
            query = question(memory.message if memory else "")
            scene, _ = scene_of(repo, store, query, parents[sha])
            example = _example(scene, number)
        _keep(store, number, version, example)
        progress("learning", done, len(wanted))
    return len(wanted)


def chosen(index: MemoryIndex, seen: Mask) -> list[int]:
    """Numbers of the newest fixes that make good questions, thinned by their hashes."""
    breadth = np.diff(index.starts)
    good = seen & index.fixes & ~index.unseen & (breadth > 0) & (breadth <= 3 * WIDEST)
    numbers = [number for number in np.flatnonzero(good).tolist() if index.commits[number] == index.ids[number]]
    rate = 1
    while len(numbers) > 2 * rate * EXAMPLES:
        rate *= 2
    kept = [number for number in numbers if int(index.ids[number][:8], 16) % rate == 0]
    kept.sort(key=lambda number: (-index.times[number], number))
    return kept[:EXAMPLES]


def question(message: str) -> str:
    """A commit's message as somebody might have asked: without references, hashes and trailers."""
    return REFERENCE.sub(" ", TRAILER.sub("", message)).strip(" -:\n")


def _example(scene: Scene, number: int) -> dict[str, Example]:
    paths = scene.index.touched[scene.index.starts[number] : scene.index.starts[number + 1]]
    gold = np.array([scene.code.files.get(scene.index.paths[path], -1) for path in paths.tolist()], np.int64)
    gold = gold[gold >= 0]
    if not 0 < len(gold) <= WIDEST or len(scene.query.clean.split()) < WORDS:
        return {}
    found = file_candidates(scene, rankers.FILES)
    scores = found.features @ weights.default("files", rankers.FILES)
    units = unit_candidates(scene, rankers.UNITS, by_file(scene, found, scores))
    return {
        "files": Example(found.features, np.flatnonzero(np.isin(found.items, gold))),
        "units": Example(units.features, np.flatnonzero(np.isin(units.items, _gold_units(scene, number)))),
    }


def _gold_units(scene: Scene, number: int) -> Integers:
    """Units as of the parent that the memory changed."""
    found = []
    for path, names in scene.changes(np.array([number]))[0][1]:
        file = scene.code.files.get(path, -1)
        if file >= 0:
            found += [unit for name in names for unit in rankers.units_named(scene, file, name)]
    return np.array(found, np.int64)


def _version(store: MemoryStore) -> str:
    """What an example is worked out by now: where vectors are missing (Chroma failed, say), by words alone.

    Such examples are worked out again once the vectors are there; until then they count as well.
    """
    wordy = store.settings.embedder == "none" or bool(pending(store))
    return f"{VERSION} {'none' if wordy else embedder_name(store.settings)}"


def _keep(store: MemoryStore, number: int, version: str, example: dict[str, Example]) -> None:
    """An example, or that there is none, so that it is not tried again."""
    store.cache.pop("weights", None)
    with store.writing():
        store.database.execute("DELETE FROM examples WHERE number = ?", (number,))
        for level in ("files", "units"):
            one = example.get(level)
            features = one.features.astype(np.float32).tobytes() if one else b""
            gold = one.gold.astype(np.int64).tobytes() if one else b""
            store.database.execute(
                "INSERT INTO examples (number, level, version, features, gold) VALUES (?, ?, ?, ?, ?)",
                (number, level, version, features, gold),
            )


def _weights(scene: Scene, level: str, names: tuple[str, ...], every: tuple[str, ...], more: int) -> Floats:
    """Learned once a commit and set of rankers."""
    known: dict[tuple[str, str, tuple[str, ...]], Floats] = scene.store.cache.setdefault("weights", {})
    key = (scene.code.commit, level, names)
    if key not in known:
        known[key] = _learned(scene, level, names, every, more)
    return known[key]


def _learned(scene: Scene, level: str, names: tuple[str, ...], every: tuple[str, ...], more: int) -> Floats:
    columns = [every.index(name) for name in names]
    columns += [len(every) + column for column in columns] + [2 * len(every) + at for at in range(more)]
    start = weights.default(level, every)[columns]
    examples = _examples(scene, level, 2 * len(every) + more)
    if len(examples) < LEAST:
        return start
    return fusion.learn([Example(one.features[:, columns], one.gold) for one in examples], start)


def _examples(scene: Scene, level: str, width: int) -> list[Example]:
    return list(_read(scene.store, chosen(scene.index, scene.visible), level, width))


def _read(store: MemoryStore, numbers: list[int], level: str, width: int) -> Iterator[Example]:
    for number in numbers:
        row = store.database.execute(
            "SELECT features, gold FROM examples WHERE number = ? AND level = ? AND version GLOB ?",
            (number, level, f"{VERSION} *"),
        ).fetchone()
        if row and row[1]:
            features = np.frombuffer(row[0], np.float32).reshape(-1, width).astype(np.float64)
            yield Example(features, np.frombuffer(row[1], np.int64))


def _parents(repo: Repository, commits: list[str]) -> dict[str, str]:
    """First parent of each commit."""
    if not commits:
        return {}
    told = output(repo.path, "rev-list", "--no-walk=unsorted", "--parents", "--stdin", data="\n".join(commits).encode())
    found = (line.split() for line in told.decode().splitlines())
    return {line[0]: line[1] for line in found if len(line) > 1}
