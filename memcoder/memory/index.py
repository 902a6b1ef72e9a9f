"""The memories of a store as arrays, ready to be searched and to vote: loaded once, then cut for each commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from memcoder.history.repository import Repository
from memcoder.memory.postings import Floats, Integers, Postings, Rows
from memcoder.memory.store import FIELDS, MemoryStore

UNSEEN = frozenset({"merge", "format", "release", "dependency"})
"""Kinds of change that explain nothing; they are kept, and neither shown nor let vote."""
HIDDEN = frozenset({"quarantined", "retired"})
TAUGHT = frozenset({"lesson", "guardrail", "skill"})
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class MemoryIndex:
    """All memories by number: `ids[n]` is a memory's id, empty where there is none of that number."""

    ids: list[str]
    commits: list[str | None]
    times: Floats
    """Unix seconds."""
    hidden: Mask
    """Quarantined and retired ones."""
    unseen: Mask
    """What neither explains nor votes: noise, and policies, which are asked for by place."""
    policies: Mask
    """Kept as of the last mine alone, so that they must not move what words weigh."""
    taught: Mask
    """Lessons, guardrails and skills: they are shown, and do not vote; what they were drawn from does."""
    fixes: Mask
    fields: Mapping[str, Postings]
    starts: Integers
    """Memory n changed `paths[touched[starts[n]:starts[n + 1]]]`."""
    touched: Integers
    paths: list[str]
    renamed: list[tuple[int, str, str]]
    """(number, old path, new path), in the order in which the memories came."""

    @property
    def size(self) -> int:
        """One more than the highest number."""
        return len(self.ids)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each memory by its id."""
        return {memory_id: number for number, memory_id in enumerate(self.ids)}

    @cached_property
    def path_numbers(self) -> dict[str, int]:
        """Where each path stands in `paths`."""
        return {path: at for at, path in enumerate(self.paths)}

    def breadth(self, numbers: Integers) -> Integers:
        """How many files each memory changed."""
        return self.starts[numbers + 1] - self.starts[numbers]


def memory_index(store: MemoryStore) -> MemoryIndex:
    """The store's memories as they are now; kept until the store is written to."""
    others = store.state()[1]
    if store.cache.get("others") != others:  # another process wrote
        store.cache.clear()
        store.cache["others"] = others
    if "memories" not in store.cache:
        store.require_index()
        with store.reading():
            store.cache["memories"] = _load(store)
    found: MemoryIndex = store.cache["memories"]
    return found


def visible(
    repo: Repository, store: MemoryStore, index: MemoryIndex, commit: str, exclude: frozenset[str] = frozenset()
) -> Mask:
    """Which memories `commit` may see: those of its ancestors, by the graph, and those that belong to no commit."""
    if "visible" not in store.cache or store.cache["visible"][0] != commit:
        ancestors = repo.ancestors(commit)
        graph = (own is None or own in ancestors for own in index.commits)
        store.cache["visible"] = commit, np.fromiter(graph, np.bool_, index.size) & ~index.hidden
    seen: Mask = store.cache["visible"][1]
    if exclude:
        hidden = [n for n, pair in enumerate(zip(index.ids, index.commits, strict=True)) if exclude.intersection(pair)]
        seen = seen.copy()
        seen[hidden] = False
    return seen


def _load(store: MemoryStore) -> MemoryIndex:
    rows = store.database.execute("SELECT number, id, commit_id, trust, time, change, kind FROM records").fetchall()
    size = max((row[0] for row in rows), default=-1) + 1
    ids: list[str] = [""] * size
    commits: list[str | None] = [None] * size
    times, hidden = np.zeros(size), np.ones(size, np.bool_)
    unseen, policies, taught, fixes = (np.zeros(size, np.bool_) for _ in range(4))
    for number, memory_id, commit, trust, time, change, kind in rows:
        ids[number], commits[number], times[number] = memory_id, commit, time
        hidden[number] = trust in HIDDEN
        policies[number], taught[number], fixes[number] = kind == "policy", kind in TAUGHT, change == "fix"
        unseen[number] = change in UNSEEN or kind == "policy"
    starts, touched, paths = _changes(store, size)
    renames = store.database.execute(
        "SELECT number, old_path, path FROM changes WHERE old_path IS NOT NULL ORDER BY number"
    ).fetchall()
    fields = {field: _postings(store, field, size) for field in FIELDS}
    masks = hidden, unseen, policies, taught, fixes
    return MemoryIndex(ids, commits, times, *masks, fields, starts, touched, paths, renames)


def _changes(store: MemoryStore, size: int) -> tuple[Integers, Integers, list[str]]:
    rows = store.database.execute("SELECT number, path FROM changes ORDER BY number").fetchall()
    known: dict[str, int] = {}
    touched = np.fromiter((known.setdefault(path, len(known)) for _, path in rows), np.int64, len(rows))
    sizes = np.bincount(np.fromiter((number for number, _ in rows), np.int64, len(rows)), minlength=size)
    return np.concatenate(([0], np.cumsum(sizes))), touched, list(known)


def _postings(store: MemoryStore, field: str, size: int) -> Postings:
    """Columns of all segments; of a memory that stands in several the last one counts."""
    segments = store.database.execute(
        "SELECT numbers, sizes, terms, counts FROM segments WHERE field = ? ORDER BY id", (field,)
    ).fetchall()
    numbers = [np.frombuffer(segment[0], np.int64) for segment in segments]
    every = np.concatenate(numbers) if numbers else np.zeros(0, np.int64)
    last = np.zeros(size, np.int64)
    last[every] = np.arange(len(every))
    rows = Rows.joined([Rows.from_blobs(*segment[1:]) for segment in segments])
    current = last[every] == np.arange(len(every))
    if not current.all():
        kept = np.repeat(current, rows.sizes)
        rows, every = Rows(rows.sizes[current], rows.terms[kept], rows.counts[kept]), every[current]
    return Postings.of(rows, every, size)
