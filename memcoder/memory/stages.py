"""What mining adds once a history is searchable: qualified symbols, vectors, lineage, learned weights.

Each stage takes up where it was cut off, stops when the clock is over, and leaves recall working without it.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from memcoder.history.lineage import mainline, replaced_lines
from memcoder.history.repository import Repository
from memcoder.history.touched import FileSymbols, qualified
from memcoder.memory import learn, vectors
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.index import memory_index, visible
from memcoder.memory.store import MemoryStore
from memcoder.memory.vectors import Progress

BATCH = 200
OWNERS = 3
"""Commits whose lines a commit replaced that are kept, those of most lines."""


class Clock:
    """Seconds that all stages have together."""

    def __init__(self, within: float) -> None:
        self._end = time.monotonic() + within if math.isfinite(within) else math.inf

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._end

    @property
    def left(self) -> float:
        return self._end - time.monotonic()


def pending(repo: Repository, store: MemoryStore, head: str) -> dict[str, int]:
    """How many memories still lack what a stage makes."""
    without_vector = 0 if store.settings.embedder == "none" else len(vectors.pending(store))
    index = memory_index(store)
    seen = visible(repo, store, index, head)
    return {
        "symbols": len(_unqualified(store)),
        "vectors": without_vector,
        "lineage": _untraced(repo, store, head),
        "weights": len(learn.missing_examples(store, index, seen)),
    }


def qualify_symbols(
    repo: Repository, store: MemoryStore, head: str, progress: Progress, clock: Clock
) -> tuple[str, ...]:
    """Replace the enclosing names of hunks by qualified ones, which tree-sitter reads."""
    ancestors = repo.ancestors(head)
    numbers = {sha: number for number, sha in _unqualified(store) if sha in ancestors}
    if repo.partial or not numbers:
        return ()
    found = qualified(repo, numbers)
    done = 0
    while not clock.over and (batch := list(islice(found, BATCH))):
        with store.writing():
            for sha, files in batch:
                _keep_symbols(store, numbers[sha], files)
        done += len(batch)
        progress("symbols", done, len(numbers))
    return ()


def make_vectors(repo: Repository, store: MemoryStore, head: str, progress: Progress, clock: Clock) -> tuple[str, ...]:
    """Embed what has no vector yet."""
    _, notes = vectors.embed_missing(store, progress, clock.left)
    return notes


def trace_lineage(repo: Repository, store: MemoryStore, head: str, progress: Progress, clock: Clock) -> tuple[str, ...]:
    """Keep whose lines each mainline commit replaced; the pass begins anew where the mainline is another one."""
    left = _untraced(repo, store, head)
    if repo.partial or not left:
        return ()
    since = store.meta("lineage")
    found = replaced_lines(repo, head, since=since)
    done, last = 0, since
    while not clock.over and (batch := list(islice(found, BATCH))):
        with store.writing():
            for sha, owners in batch:
                _keep_owners(store, sha, owners)
            last = batch[-1][0]
            store.set_meta("lineage", last)
        done += len(batch)
        progress("lineage", done, left)
    return ()


def work_out_examples(
    repo: Repository, store: MemoryStore, head: str, progress: Progress, clock: Clock
) -> tuple[str, ...]:
    """Work out the past fixes that the rankers' weights are learned from."""
    learn.learn_weights(repo, store, head, progress, clock.left)
    return ()


def count_conventions(
    repo: Repository, store: MemoryStore, head: str, progress: Progress, clock: Clock
) -> tuple[str, ...]:
    """Count what the project's commits do without saying so, and read what it says."""
    conventions(repo, store, as_of=head, mining=True)
    return ()


Stage = Callable[[Repository, MemoryStore, str, Progress, Clock], tuple[str, ...]]
STAGES: Sequence[Stage] = (qualify_symbols, make_vectors, trace_lineage, work_out_examples, count_conventions)


def _unqualified(store: MemoryStore) -> list[tuple[int, str]]:
    rows: Iterator[tuple[int, str]] = store.database.execute(
        "SELECT number, id FROM records WHERE qualified = 0 AND kind = 'commit' ORDER BY number"
    )
    return list(rows)


def _keep_symbols(store: MemoryStore, number: int, files: FileSymbols) -> None:
    store.database.executemany(
        "UPDATE changes SET symbols = ? WHERE number = ? AND path = ?",
        [(json.dumps(names), number, path) for path, names in files],
    )
    store.database.execute("UPDATE records SET qualified = 1 WHERE number = ?", (number,))


def _untraced(repo: Repository, store: MemoryStore, head: str) -> int:
    """Mainline commits that the last pass has not seen."""
    if repo.partial or store.meta("lineage") == head:
        return 0
    ids = mainline(repo, head)
    last = store.meta("lineage")
    return len(ids) - (ids.index(last) + 1 if last in set(ids) else 0)


def _keep_owners(store: MemoryStore, sha: str, owners: dict[str, int]) -> None:
    best = sorted(owners, key=lambda owner: (-owners[owner], owner))[:OWNERS]
    store.database.execute("DELETE FROM replaced WHERE commit_id = ?", (sha,))
    store.database.executemany(
        "INSERT INTO replaced (commit_id, owner, lines) VALUES (?, ?, ?)",
        [(sha, owner, owners[owner]) for owner in best],
    )
