"""Mining: a repository's commits become memories, with no model call.

Commits are read from one `git log` and written in batches, each whole or not at all, so a mine that was cut off
and run again ends as one clean run. Vectors come after, and may be missing.
"""

import math
import re
import time
from collections.abc import Callable
from itertools import islice

from memcoder.history.commits import list_commits, read_commits
from memcoder.history.kinds import change_kind
from memcoder.history.repository import Repository
from memcoder.memory.signing import key_mark
from memcoder.memory.store import MemoryStore
from memcoder.memory.vectors import embed_missing
from memcoder.records import Change, Commit, Link, Memory, Provenance, Record

BATCH = 200
REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{40,64})\b")
"""What `git revert` writes."""
Progress = Callable[[str, int, int], None]


class MineReport(Record):
    """What mining did."""

    commits: int
    new: int
    seconds: float
    pending: dict[str, int]
    """What recall still lacks, by kind: `symbols` (always 0: they come with the commits), `vectors`, `lineage`."""
    notes: tuple[str, ...] = ()


def mine(
    repo: Repository,
    store: MemoryStore,
    *,
    revision: str = "HEAD",
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
    vectors_within: float = math.inf,
) -> MineReport:
    """Mine all ancestors of a revision that are not mined yet. A second miner waits for the first, and says so.

    Vectors take longest; what is not made after `vectors_within` seconds is
    left for the next mine, and recall answers by words for it.
    """
    from filelock import Timeout

    started = time.monotonic()
    lock = store.lock("mine")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        (say or _mute)("another memcoder is mining this repository; waiting for it")
        lock.acquire()
    try:
        ids = list_commits(repo, repo.resolve(revision))
        new = _mine(repo, store, ids, progress or _silent)
        pending, notes = embed_missing(store, progress or _silent, vectors_within)
    finally:
        lock.release()
    if repo.shallow:
        notes = (*notes, "the clone is shallow: only its own commits are known; `git fetch --unshallow` gets the rest")
    seconds = round(time.monotonic() - started, 3)
    left = {"symbols": 0, "vectors": pending, "lineage": 0}
    return MineReport(commits=len(ids), new=new, seconds=seconds, pending=left, notes=notes)


def commit_memory(commit: Commit, repository: str) -> Memory:
    """The memory of a commit; its id is the commit's."""
    kind = change_kind(commit.message, commit.files, len(commit.parents))
    return Memory(
        id=commit.sha,
        kind="commit",
        message=commit.message,
        change=Change(files=commit.files, kind=kind, patch=commit.patch),
        provenance=Provenance(repository=repository, commit=commit.sha, author=commit.author, time=commit.time),
        links=tuple(Link(relation="reverts", target=sha) for sha in dict.fromkeys(REVERTS.findall(commit.message))),
    )


def _mine(repo: Repository, store: MemoryStore, ids: list[str], progress: Progress) -> int:
    store.require_index()
    known = store.known_commits()
    wanted = [commit for commit in ids if commit not in known]
    commits = read_commits(repo, wanted)
    done = 0
    while batch := list(islice(commits, BATCH)):
        store.put(commit_memory(commit, repo.key) for commit in batch)
        done += len(batch)
        progress("mining", done, len(wanted))
    if store.meta("key") != key_mark():
        store.set_meta("key", key_mark())
    return done


def _silent(what: str, done: int, total: int) -> None:
    pass


def _mute(line: str) -> None:
    pass
