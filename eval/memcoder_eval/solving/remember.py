"""What each arm's agent remembers: its first recall as it was prepared, later ones from the arm's store.

While instances are solved the stores' records are only read: outside of an evaluation it takes a human's word to make a
memory, and inside of one an instance must not learn from another.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from memcoder import RANKERS, Guard, Memory, MemoryStore, Place, Recall, RecalledMemory, Repository, Settings, recall
from memcoder_eval.solving.arms import STORED

HISTORY = frozenset(name for name, source in RANKERS.items() if source == "history")
"""Rankers that the arms which know the code alone go without."""
PLACES = 20
"""As many as recall gives where nobody says how many."""
NEAR = 2
"""Times as many memories as a query shows are near to it, and not shown in their place."""
DRAWS = 20
"""Other questions that are tried, until there are as many unrelated memories as related ones."""


@dataclass(frozen=True)
class Asked:
    """Whose memory is asked, and what it may not say."""

    arm: str
    instance: str
    as_of: str
    guard: Guard
    stores: Path
    """Folder of a repository's stores, by name."""
    settings: Settings
    told: tuple[tuple[Place, ...], tuple[Place, ...]] = ((), ())
    """Files and symbols that the arm `oracle` is told."""

    def recall(self, repo: Repository, query: str, k: int, places: int) -> Recall:
        """What the arm has to say of a query."""
        if self.arm in ("raw", "structured"):
            return self._of_past(repo, query, k, places)
        of_code = self._of_code(repo, query, places)
        if self.arm == "oracle":
            files, symbols = self.told
            return of_code.model_copy(update={"files": files[:places], "symbols": symbols[:places]})
        if self.arm == "shuffled":
            return of_code.model_copy(update={"memories": self._of_others(repo, query, k)})
        return of_code

    def _of_past(self, repo: Repository, query: str, k: int, places: int) -> Recall:
        with open_store(self.stores, STORED[self.arm], self.settings, repo) as store:
            found = recall(repo, store, query, as_of=self.as_of, k=k, places=places, guard=self.guard)
        return found.model_copy(update={"policies": ()})

    def _of_code(self, repo: Repository, query: str, places: int) -> Recall:
        with open_store(self.stores, "none", self.settings, repo) as store:
            return recall(repo, store, query, as_of=self.as_of, k=1, places=places, without=HISTORY)

    def _of_others(self, repo: Repository, query: str, k: int) -> tuple[RecalledMemory, ...]:
        """As many memories as the query recalls, by other questions, and none that is near to the query."""
        with open_store(self.stores, STORED[self.arm], self.settings, repo) as store:

            def ask(text: str, most: int, exclude: frozenset[str] = frozenset()) -> tuple[RecalledMemory, ...]:
                found = recall(repo, store, text, as_of=self.as_of, k=most, guard=self.guard, exclude=exclude)
                return found.memories

            near = ask(query, NEAR * k)
            own, wanted = frozenset(item.memory.id for item in near), len(near[:k])
            found: dict[str, RecalledMemory] = {}
            for other in self._other_questions(repo, store, query, own):
                if len(found) >= wanted:
                    break
                found = {item.memory.id: item for item in ask(other, k, own)} | found
        return tuple(found.values())[:wanted]

    def _other_questions(self, repo: Repository, store: MemoryStore, query: str, own: frozenset[str]) -> Iterator[str]:
        """Messages of commits that may be seen, drawn by the seed, the instance and the query."""
        draw = random.Random(f"{self.settings.seed} {self.instance} {query}")  # noqa: S311 - a sample, no secret
        ids = sorted(repo.ancestors(self.as_of) - own)
        for commit in draw.sample(ids, min(DRAWS, len(ids))):
            memory = store.get(commit)
            if memory is not None and not self.guard.forbids(memory):
                yield memory.message


@dataclass(frozen=True)
class Prepared:
    """A run's memory in one arm, as memcoder's agent asks it."""

    first: Recall
    """What the issue itself recalls."""
    customs: tuple[Memory, ...]
    asked: Asked

    def begin(self, repo: Repository, report: Callable[[str], None]) -> None:
        """Everything was made ahead."""
        report(f"memory: arm {self.asked.arm}, {len(self.first.memories)} memories")

    def recall(self, repo: Repository, query: str, *, as_of: str, k: int, places: int = PLACES) -> Recall:
        """The prepared answer to the issue, and what the arm's store says of anything else."""
        if as_of != self.asked.as_of:
            raise ValueError(f"the memory of {self.asked.instance} is of {self.asked.as_of}, not of {as_of}")
        if query != self.first.query:
            return self.asked.recall(repo, query, k, places)
        first = self.first
        cut = {"memories": first.memories[:k], "files": first.files[:places], "symbols": first.symbols[:places]}
        return first.model_copy(update=cut)

    def policies(self, repo: Repository, *, as_of: str) -> tuple[Memory, ...]:
        """Customs as of the base commit, in the arms that know them."""
        return self.customs


def open_store(stores: Path, name: str, settings: Settings, repo: Repository) -> AbstractContextManager[MemoryStore]:
    """One store of a repository; `none` has no vectors, because it has no memories."""
    own = {"store": stores / name, **({"embedder": "none"} if name == "none" else {})}
    return MemoryStore.open(settings.model_copy(update=own), repo.key)
