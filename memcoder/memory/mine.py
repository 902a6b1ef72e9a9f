"""Mining: a repository's commits become memories, with no model call.

First what makes a history searchable: messages, paths, diffs and the enclosing names that git itself gives, from one
`git log`, written in batches, each whole or not at all. What takes longer comes after, stage by stage (stages.py), and
is reported as pending until it is done. A mine that was cut off anywhere and run again ends as one clean run.
"""

import math
import time
from collections.abc import Callable, Iterable
from itertools import islice

from memcoder.history.commits import list_commits, read_commits
from memcoder.history.kinds import change_kind
from memcoder.history.lineage import HashIndex, message_links
from memcoder.history.repository import Repository
from memcoder.memory.signing import key_mark
from memcoder.memory.store import PAST_FIXES, MemoryStore
from memcoder.memory.vanished import mark_vanished
from memcoder.memory.vectors import Progress, where
from memcoder.records import Change, Commit, Memory, Provenance, Record

BATCH = 200


class MineReport(Record):
    """What mining did."""

    commits: int
    """Of the revision's history, all told."""
    new: int
    seconds: float
    """Until everything was done that there was time for."""
    searchable: float
    """Seconds until every commit could be recalled."""
    pending: dict[str, int]
    """What recall still lacks, by kind: `symbols`, `vectors`, `lineage`, `weights`."""
    notes: tuple[str, ...] = ()


def mine(
    repo: Repository,
    store: MemoryStore,
    *,
    revision: str = "HEAD",
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
    within: float = math.inf,
) -> MineReport:
    """Mine all ancestors of a revision that are not mined yet. A second miner waits for the first, and says so.

    After the history is searchable, the stages that take longer get `within` seconds together; what is not done then
    is left for the next mine, and recall does without it.
    """
    started = time.monotonic()
    head = repo.resolve(revision)
    if done := _nothing_new(repo, store, head):
        return done.model_copy(update={"seconds": round(time.monotonic() - started, 3)})
    # Here and not above, so that a mine with nothing to do loads neither.
    from filelock import Timeout

    from memcoder.memory.stages import pending

    lock = store.lock("mine")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        (say or _mute)("another memcoder is mining this repository; waiting for it")
        lock.acquire()
    try:
        ids, new = _mine(repo, store, head, progress or _silent)
        searchable = time.monotonic() - started
        notes = _stages(repo, store, head, progress or _silent, within)
        left = pending(repo, store, head)
        if not any(left.values()) and revision == "HEAD":
            store.set_meta("complete", _state(store, head))
    finally:
        lock.release()
    return MineReport(
        commits=ids,
        new=new,
        seconds=round(time.monotonic() - started, 3),
        searchable=round(searchable, 3),
        pending=left,
        notes=(*_clone_notes(repo), *notes),
    )


def commit_memory(commit: Commit, repository: str, known: HashIndex) -> Memory:
    """The memory of a commit; its id is the commit's. Links are to those of the known commits that it cites."""
    kind = change_kind(commit.message, commit.files, len(commit.parents))
    return Memory(
        id=commit.sha,
        kind="commit",
        message=commit.message,
        change=Change(files=commit.files, kind=kind, patch=commit.patch),
        provenance=Provenance(repository=repository, commit=commit.sha, author=commit.author, time=commit.time),
        links=message_links(commit.sha, commit.message, known),
    )


def _mine(repo: Repository, store: MemoryStore, head: str, progress: Progress) -> tuple[int, int]:
    """Make what is new searchable; how many commits the history has, and how many of them are new."""
    store.require_index()
    ids = list_commits(repo, head)
    known = store.known_commits()
    wanted = [commit for commit in ids if commit not in known]
    if wanted:
        _put(repo, store, wanted, HashIndex(ids), progress)
    if store.meta("key") != key_mark():
        store.set_meta("key", key_mark())
    mark_vanished(repo, store, head)
    store.set_meta("head", head)
    store.set_meta("commits", str(len(ids)))
    return len(ids), len(wanted)


def _put(repo: Repository, store: MemoryStore, wanted: list[str], known: HashIndex, progress: Progress) -> None:
    commits = read_commits(repo, wanted)
    done = 0
    while batch := list(islice(commits, BATCH)):
        store.put(commit_memory(commit, repo.key, known) for commit in batch)
        done += len(batch)
        progress("mining", done, len(wanted))


def _stages(repo: Repository, store: MemoryStore, head: str, progress: Progress, within: float) -> Iterable[str]:
    """What takes longer, one after the other; what was missing for a stage is said."""
    from memcoder.memory.stages import STAGES, Clock

    clock = Clock(within)
    return tuple(note for stage in STAGES if not clock.over for note in stage(repo, store, head, progress, clock))


def _nothing_new(repo: Repository, store: MemoryStore, head: str) -> MineReport | None:
    """The report of a mine that has nothing to do, found without walking the history."""
    if store.meta("complete") != _state(store, head):
        return None
    left = {"symbols": 0, "vectors": 0, "lineage": 0, "weights": 0}
    commits = int(store.meta("commits") or 0)
    return MineReport(commits=commits, new=0, seconds=0.0, searchable=0.0, pending=left, notes=_clone_notes(repo))


def _state(store: MemoryStore, head: str) -> str:
    """What must not have changed since everything was done."""
    records = store.database.execute("SELECT max(seq) FROM versions").fetchone()[0]
    return f"{head} {key_mark()} {records} {where(store)} {PAST_FIXES}"


def _clone_notes(repo: Repository) -> tuple[str, ...]:
    notes = []
    if repo.shallow:
        notes.append("the clone is shallow: only its own commits are known; `git fetch --unshallow` gets the rest")
    if repo.partial:
        notes.append("the clone is partial: only messages and paths are known; a full clone has the rest")
    return tuple(notes)


def _silent(what: str, done: int, total: int) -> None:
    pass


def _mute(line: str) -> None:
    pass
