"""What an agent may see that works on a past issue: the repository, and memory, as they were before the fix."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.guard import Guard
from memcoder.memory.recall import PLACES, recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory, Recall
from memcoder.sandbox.clone import clone_once
from memcoder.tasks.proven import ProvenTask


@dataclass(frozen=True)
class OfPast:
    """A memory to work with, by the protocol `Remember`; nothing that an attempt asks is written to it.

    Memories of later commits, and those of no commit at all, whose time nobody knows, are not there; nor is what names
    the issue, is worded like it, or is the fix under whatever name.
    """

    settings: Settings
    """With the folder of the source's own store: of a history with several roots a clone may have another key."""
    key: str
    guard: Guard

    def begin(self, repo: Repository, report: Callable[[str], None]) -> None:
        """The source was mined before the first attempt."""

    def recall(self, repo: Repository, query: str, *, as_of: str, k: int, places: int = PLACES) -> Recall:
        """What memory and code say."""
        with MemoryStore.open(self.settings, self.key) as store:
            return recall(
                repo, store, query, as_of=as_of, k=k, places=places, guard=self.guard, exclude=_undated(store)
            )

    def policies(self, repo: Repository, *, as_of: str) -> tuple[Memory, ...]:
        """Customs as of the base commit."""
        with MemoryStore.open(self.settings, self.key) as store:
            return conventions(repo, store, as_of=as_of, keep=False)


def guard_of(task: ProvenTask) -> Guard:
    """What no memory may be that an attempt is shown."""
    numbers = frozenset(str(number) for number in task.issue_numbers)
    return Guard(issues=numbers, text=task.problem_statement, fix=task.patch)


def clone_at(source: Repository, task: ProvenTask, folder: Path) -> Repository:
    """A clone with the base commit's ancestors alone at FOLDER/ID; made once."""
    target = folder / task.instance_id
    clone_once(source.path, task.base_commit, target)
    return Repository.open(target)


def _undated(store: MemoryStore) -> frozenset[str]:
    rows = store.database.execute("SELECT id FROM records WHERE commit_id IS NULL")
    return frozenset(row[0] for row in rows)
