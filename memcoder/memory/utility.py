"""Utility: how memories fared when runs were shown them, by verified outcomes alone.

A ledger has one signed line a run and memory, so that repeating or resuming a run counts nothing twice; the sums stand
in the memories' own records. Each memory that a run was shown gets the run's outcome whole: a run shows three at most,
in one block, and nothing tells which of them the model went by. bandit.py compares with the runs that did not see it.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.history.symbols import language_of
from memcoder.memory.bandit import Fared, Tally
from memcoder.memory.signing import body_of, canonical, sign, verifier
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory, Patch, Showing, Utility, Verdict


def outcome_of(verdict: Verdict | None) -> bool | None:
    """Whether a verdict counts as won or lost; None where no test said either.

    Won: tests failed before and pass now, in a fresh sandbox. Lost: tests ran, and speak against the patch.
    """
    if verdict is None or verdict.status == "unverified":
        return None
    if verdict.status == "verified":
        return True
    return False if verdict.after is not None else None


def keep_showings(
    store: MemoryStore, run: str, commit: str, memories: Sequence[str], patch: Patch | None, won: bool | None
) -> int:
    """Write what came of a run for each memory that it was shown, all or none; how many lines are new.

    The same again changes nothing, another outcome of the same run takes the place of the one before. Memories that
    are not here, or whose signature does not hold, are passed over. Raises FaultError where nothing can be written.
    """
    changed = 0
    with store.writing():
        for memory_id in dict.fromkeys(memories):
            memory = store.get(memory_id)
            if memory is None or memory.trust == "quarantined":
                continue
            used = patch is not None and points_at(memory, patch.files)
            now = Showing(run=run, memory=memory_id, commit=commit, used=used, won=won)
            before = _held(store, run, memory_id)
            if now == before:
                continue
            body = canonical(now.model_dump(mode="json"))
            store.database.execute(
                "INSERT INTO showings (run, memory, at, body, signature) VALUES (?, ?, ?, ?, ?)",
                (run, memory_id, int(time.time()), body, sign(body)),
            )
            _restate(store, memory.model_copy(update={"utility": _moved(memory.utility, before, now)}))
            changed += 1
    return changed


def points_at(memory: Memory, files: Iterable[str]) -> bool:
    """Whether some changed files are source that the memory's change names; tests and documents point nowhere."""
    named = {path for change in memory.change.files for path in (change.path, change.old_path) if path}
    return any(path in named and language_of(path) is not None and not is_test_path(path) for path in files)


def showings(store: MemoryStore) -> list[Showing]:
    """What the ledger has: of each run and memory the latest line whose signature holds."""
    rows = store.database.execute("SELECT body, signature FROM showings ORDER BY seq").fetchall()
    return list({(one.run, one.memory): one for one in _vouched(rows)}.values())


def fared(repo: Repository, store: MemoryStore, commit: str, numbers: Mapping[str, int]) -> Fared:
    """What came of runs, as far as `commit` may know: of those that began at its ancestors or at itself.

    `numbers` has the memories' numbers by their ids.
    """
    known: dict[str, list[Showing]] = store.kept("showings")
    if "decided" not in known:
        known["decided"] = [one for one in showings(store) if one.won is not None]
    ancestors = repo.ancestors(commit) if known["decided"] else frozenset()
    seen = [one for one in known["decided"] if one.commit in ancestors]
    by_memory: dict[int, Tally] = {}
    for one in seen:
        if (number := numbers.get(one.memory)) is not None:
            by_memory[number] = _with(by_memory.get(number, (0, 0)), one.won)
    runs: Tally = (0, 0)
    for won in {one.run: one.won for one in seen}.values():
        runs = _with(runs, won)
    return Fared(runs, by_memory)


def _with(tally: Tally, won: bool | None) -> Tally:
    return (tally[0] + 1, tally[1]) if won else (tally[0], tally[1] + 1)


def _held(store: MemoryStore, run: str, memory_id: str) -> Showing | None:
    """The ledger's last word on a run and a memory."""
    rows = store.database.execute(
        "SELECT body, signature FROM showings WHERE run = ? AND memory = ? ORDER BY seq", (run, memory_id)
    ).fetchall()
    return next(reversed(list(_vouched(rows))), None)


def _vouched(rows: Iterable[tuple[str, str]]) -> Iterator[Showing]:
    holds = verifier()
    return (Showing.model_validate_json(body) for body, signature in rows if holds(body, signature))


def _moved(utility: Utility, before: Showing | None, now: Showing) -> Utility:
    """The sums with a line of the ledger in place of the one before."""
    new, old = _counts(now), _counts(before) if before else (0, 0, 0, 0)
    shown, used, won, lost = (
        max(0, total + one - other)
        for total, one, other in zip((utility.shown, utility.used, utility.won, utility.lost), new, old, strict=True)
    )
    return Utility(shown=shown, used=used, won=won, lost=lost)


def _counts(one: Showing) -> tuple[int, int, int, int]:
    return 1, int(one.used), int(one.won is True), int(one.won is False)


def _restate(store: MemoryStore, memory: Memory) -> None:
    """A new signed state of a record of which nothing that is searched has changed: its indexes and vector stay."""
    body = body_of(memory)
    (before,) = store.database.execute("SELECT seq FROM records WHERE id = ?", (memory.id,)).fetchone()
    seq = store.database.execute(
        "INSERT INTO versions (id, at, body, signature) VALUES (?, ?, ?, ?)",
        (memory.id, int(time.time()), body, sign(body)),
    ).lastrowid
    store.database.execute("UPDATE records SET seq = ? WHERE id = ?", (seq, memory.id))
    store.database.execute("UPDATE embedded SET seq = ? WHERE id = ? AND seq = ?", (seq, memory.id, before))
