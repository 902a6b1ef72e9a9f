"""Where an agent's memory of the past comes from: the store, unless whoever runs it has another.

Memory is what the past adds to the code: the memories that prompts, reproductions and checklists quote, what past
changes say of where to look, and the customs that were counted from commits. All of it, first and by the tool
`recall`, comes through here.

Not memory, and the same whatever remembers: the code as of the base commit with the guidelines that stand in its
files, and what verify reads of git to put existing tests in order, which no model is shown. The work tree's own
history, ancestors of the base commit alone, lies in the sandbox as it does for everyone who works there.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.mine import mine
from memcoder.memory.recall import PLACES, recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.utility import keep_showings, outcome_of
from memcoder.records import Memory, Recall, Run

MEMORIES_SHOWN = 3
"""Of an issue's memories, those that prompts show."""
VECTOR_SECONDS = 20.0
"""What a run waits for vectors; recall says when some are missing, and the next mine makes them."""


class Remember(Protocol):
    """A memory that an agent can ask. Equal questions get equal answers, so that a run that was cut off goes on."""

    def begin(self, repo: Repository, report: Callable[[str], None]) -> None:
        """Get ready; called before a run's first recall, which its log keeps, and not again when the run goes on."""

    def recall(self, repo: Repository, query: str, *, as_of: str, k: int, places: int = PLACES) -> Recall:
        """At most `k` memories and `places` places that speak of the query, as of a commit."""

    def policies(self, repo: Repository, *, as_of: str) -> tuple[Memory, ...]:
        """What the whole project does by custom, as of a commit; what a patch is refined for fit by."""


@runtime_checkable
class Learns(Protocol):
    """A memory that also wants to know what became of a run; those of evaluations that only read are none."""

    def learn(self, repo: Repository, run: Run, shown: tuple[str, ...]) -> None:
        """Take note of an ended run that was shown these memories. The same run again must count nothing twice."""


class Stored:
    """The repository's own store, with everything that can be mined up to what is checked out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def begin(self, repo: Repository, report: Callable[[str], None]) -> None:
        """Mine what is new."""
        with MemoryStore.open(self._settings, repo.key) as store:
            mined = mine(repo, store, within=VECTOR_SECONDS)
        report(f"memory: {mined.commits} commits, {mined.new} new")

    def recall(self, repo: Repository, query: str, *, as_of: str, k: int, places: int = PLACES) -> Recall:
        """What memory and code say."""
        with MemoryStore.open(self._settings, repo.key) as store:
            return recall(repo, store, query, as_of=as_of, k=k, places=places)

    def policies(self, repo: Repository, *, as_of: str) -> tuple[Memory, ...]:
        """Customs, counted once a commit."""
        with MemoryStore.open(self._settings, repo.key) as store:
            return conventions(repo, store, as_of=as_of)

    def learn(self, repo: Repository, run: Run, shown: tuple[str, ...]) -> None:
        """Move the utility of what was shown, by the run's verdict."""
        with MemoryStore.open(self._settings, repo.key) as store:
            keep_showings(store, run.id, run.task.base_commit, shown, run.patch, outcome_of(run.verdict))


def shown_by(events: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Ids of the memories that a run's log says were shown to its model: with the issue, and by the tool `recall`."""
    recalled: list[str] = []
    asked = False
    shown: dict[str, None] = {}
    for event in events:
        if event["event"] == "recalled":
            recalled = [item["memory"]["id"] for item in event["recall"]["memories"][:MEMORIES_SHOWN]]
        elif event["event"] == "call":
            asked = True
        elif event["event"] == "acted":
            shown |= dict.fromkeys(event.get("memories", ()))
    return tuple(dict.fromkeys([*(recalled if asked else ()), *shown]))
