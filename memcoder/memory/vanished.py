"""Rewritten history: memories whose commits no branch or tag reaches any more are marked, and never lost."""

from memcoder.history.git import output
from memcoder.history.repository import Repository
from memcoder.memory.store import MemoryStore


def mark_vanished(repo: Repository, store: MemoryStore, head: str) -> int:
    """Note which commits of the store nothing reaches any more, and which are back; how many are gone.

    The whole of the history is walked only where the last mined commit is no ancestor of this one: then a branch was
    changed, or a history was rewritten.
    """
    last = store.meta("head")
    marked = store.database.execute("SELECT count(*) FROM vanished").fetchone()[0]
    if last is None or (not marked and repo.knows(last) and repo.is_ancestor(last, head)):
        return int(marked)
    alive = reachable(repo, head)
    known = {
        row[0] for row in store.database.execute("SELECT DISTINCT commit_id FROM records WHERE commit_id NOT NULL")
    }
    gone = sorted(known - alive)
    with store.writing():
        store.database.execute("DELETE FROM vanished")
        store.database.executemany("INSERT INTO vanished (commit_id) VALUES (?)", [(commit,) for commit in gone])
    return len(gone)


def reachable(repo: Repository, *more: str) -> frozenset[str]:
    """Commits that HEAD, any ref or one of `more` reaches."""
    return frozenset(output(repo.path, "rev-list", "--all", "HEAD", *more, "--").decode().split())


def vanished(store: MemoryStore) -> frozenset[str]:
    """Commits that were mined and that nothing reaches any more, as of the last mine."""
    return frozenset(row[0] for row in store.database.execute("SELECT commit_id FROM vanished"))
