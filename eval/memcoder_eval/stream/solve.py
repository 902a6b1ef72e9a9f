"""A stream's tasks solved by memcoder's own agent, with the stream's store as its memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from memcoder import (
    FaultError,
    LanguageModel,
    Memory,
    MemoryStore,
    Recall,
    Repository,
    Settings,
    SharedBudget,
    recall,
)
from memcoder_eval.batch.executor import Executor
from memcoder_eval.batch.logs import unit_log
from memcoder_eval.batch.units import Unit
from memcoder_eval.dataset import Instance
from memcoder_eval.grader import grader_of
from memcoder_eval.solving.campaign import Grader, Row, shared_model
from memcoder_eval.solving.remember import HISTORY, PLACES
from memcoder_eval.solving.sight import guard_of
from memcoder_eval.solving.solve import solve_instance
from memcoder_eval.solving.summary import UNSUPPORTED
from memcoder_eval.stores import Report

EMPTY = "no-memory"
"""Folder of stores that were never mined: with them places are found in the code alone."""


@dataclass(frozen=True)
class OfStream:
    """What the agent remembers: the stream's store as of the base commit, without what gives the task away."""

    instance: Instance
    store: Path
    settings: Settings
    without: frozenset[str] = frozenset()
    """Rankers that are not asked."""

    def begin(self, repo: Repository, report: Callable[[str], None]) -> None:
        """The store was made before the stream began."""

    def recall(self, repo: Repository, query: str, *, as_of: str, k: int, places: int = PLACES) -> Recall:
        """At most `k` memories and `places` places."""
        own, guard = self.settings.model_copy(update={"store": self.store}), guard_of(self.instance)
        with MemoryStore.open(own, repo.key) as store:
            found = recall(repo, store, query, as_of=as_of, k=k, places=places, guard=guard, without=self.without)
        return found.model_copy(update={"policies": ()})

    def policies(self, repo: Repository, *, as_of: str) -> tuple[Memory, ...]:
        """None: the policies of streams differ in fixes alone."""
        return ()


@dataclass(frozen=True)
class StreamSolver:
    """Solves a task of a stream, and grades what comes of it; may be pickled where it has no model."""

    environments: Mapping[str, Settings]
    """By instance."""
    clones: Path
    out: Path
    grade: Grader
    model: LanguageModel | None = None
    """Shared by threads; None: each task opens its own."""
    budget: SharedBudget = field(default_factory=SharedBudget)

    def __call__(self, unit: Unit, instance: Instance, store: Path | None) -> Row:
        """The row of the task; its run is kept under the policy. Raises FaultError where a fault ended it."""
        settings = self.environments[instance.id].model_copy(update={"seed": unit.seed})
        report = unit_log(self.out, unit)
        remember = OfStream(instance, store, settings) if store else self._nothing(instance, settings)
        row = solve_instance(
            instance,
            unit.arm,
            settings,
            self.clones,
            self.out,
            remember=remember,
            model=self.model,
            budget=self.budget,
            report=report,
        )
        if row["state"] == "ended":
            return row | {"resolved": self.grade(instance, row["patch"], report).resolved}
        if row["category"] in UNSUPPORTED:  # it will not run the next time either, and those after it can
            return row | {"state": "ended", "resolved": False}
        raise FaultError(row["error"], "the task is begun again when the command is repeated", row["category"])

    def _nothing(self, instance: Instance, settings: Settings) -> OfStream:
        store = self.out / EMPTY / instance.question.repo.replace("/", "__")
        return OfStream(instance, store, settings.model_copy(update={"embedder": "none"}), HISTORY)


@contextmanager
def solving(
    instances: Sequence[Instance],
    clones: Path,
    settings: Settings,
    out: Path,
    executor: Executor,
    budget: SharedBudget,
    timeout: float,
    report: Report,
) -> Iterator[StreamSolver]:
    """A solver of these instances; its model, where this process works, is closed at the end of the block."""
    grade, environments = grader_of(instances, clones, settings, out, timeout, report)
    with shared_model(settings, executor, report) as model:
        yield StreamSolver(environments, clones, out, grade, model, budget)
