"""The arms on many instances: memory made ahead, each instance solved and graded as a unit of a batch, the tables."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memcoder import LanguageModel, Settings, SharedBudget, open_model
from memcoder_eval.batch.executor import Executor, Threads
from memcoder_eval.batch.logs import unit_log
from memcoder_eval.batch.run import run_units
from memcoder_eval.batch.units import Unit
from memcoder_eval.dataset import Instance
from memcoder_eval.results import Results
from memcoder_eval.solving.arms import DISTILLED
from memcoder_eval.solving.memory import distilling_of, prepare_memory
from memcoder_eval.solving.solve import MEMORY, solve_instance
from memcoder_eval.solving.summary import Graded, summary
from memcoder_eval.stores import Report

Row = dict[str, Any]
Grader = Callable[[Instance, str, Report], Graded]
"""The grade of a patch; may be pickled. Raises what a batch's work may raise."""


@dataclass(frozen=True)
class Solver:
    """The work of a batch: one instance in one arm, from the attempt to its grade.

    A grade that a fault cut off costs no second attempt, because a run that came to its end is not made again.
    """

    instances: Mapping[str, Instance]
    settings: Mapping[str, Settings]
    """By instance: an environment is a version's own."""
    clones: Path
    out: Path
    grade: Grader
    model: LanguageModel | None = None
    """Shared by threads; None: each attempt opens its own."""
    budget: SharedBudget = field(default_factory=SharedBudget)

    def __call__(self, unit: Unit) -> Row:
        """The row of the unit: what the agent did, and whether that resolves the instance."""
        instance, report = self.instances[unit.instance], unit_log(self.out, unit)
        row = solve_instance(
            instance,
            unit.arm,
            self.settings[instance.id].model_copy(update={"seed": unit.seed}),
            self.clones,
            self.out,
            model=self.model,
            budget=self.budget,
            report=report,
        )
        if row["state"] != "ended":
            return row
        grade = self.grade(instance, row["patch"], report)
        report(f"resolved: {grade.resolved}")
        return row | {"ended": row["category"], "category": _category(row, grade), "resolved": grade.resolved}


@dataclass(frozen=True)
class Campaign:
    """What is asked of a benchmark that solves."""

    arms: Sequence[str]
    settings: Settings
    clones: Path
    out: Path
    executor: Executor = field(default_factory=lambda: Threads(1))
    budget: SharedBudget = field(default_factory=SharedBudget)
    live: bool = False

    def run(
        self,
        instances: Sequence[Instance],
        environments: Mapping[str, Settings],
        grade: Grader,
        report: Report,
        *,
        command: str,
        unsound: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """All arms on all instances, what ended before left alone; the document of `command`.

        `environments` are the settings of each instance. `unsound` instances (id → why) are not run, and count as
        unsupported. Raises as `prepare_memory` and `run_units` do.
        """
        wrong = unsound or {}
        sound = [one for one in instances if one.id not in wrong]
        units = [Unit.of(arm, one.id, self.settings.seed) for one in sound for arm in self.arms]
        seconds = self.settings.max_time * len(units) / (self.executor.workers or 1)
        report(
            f"{len(self.arms)} arms on {len(sound)} instances; at worst about {seconds / 60:.0f} minutes of attempts"
        )
        results = Results(self.out, {"model": self.settings.model, "max_time": self.settings.max_time})
        rows = self._rows(sound, units, environments, grade, results, report) if units else []
        rows += [_unsound(arm, one, why, self.settings.seed) for arm in self.arms for one in instances
                 if (why := wrong.get(one.id))]  # fmt: skip
        grades = {(row["arm"], row["instance"], row["seed"]): _Known(bool(row.get("resolved"))) for row in rows}
        ordered = sorted(rows, key=lambda row: self.arms.index(row["arm"]))
        distilling = None
        if sound and set(self.arms) & set(DISTILLED):
            distilling = distilling_of(sound, self.out / MEMORY, self.settings, self.clones)
        made = summary(
            ordered,
            grades,
            total=len(instances),
            seed=self.settings.seed,
            command=command,
            distilling=distilling,
        )
        return made | {"model": self.settings.model, "max_time": self.settings.max_time}

    def _rows(
        self,
        instances: Sequence[Instance],
        units: Sequence[Unit],
        environments: Mapping[str, Settings],
        grade: Grader,
        results: Results,
        report: Report,
    ) -> list[Row]:
        """The memory, then the batch."""
        with shared_model(self.settings, self.executor, report) as model:
            prepare_memory(instances, self.arms, self.clones, self.out / MEMORY, self.settings, report, model=model)
            known = {one.id: one for one in instances}
            solver = Solver(known, environments, self.clones, self.out, grade, model, self.budget)
            return run_units(units, solver, results, self.executor, report, budget=self.budget, live=self.live)


def shared_model(
    settings: Settings, executor: Executor, report: Report
) -> AbstractContextManager[LanguageModel | None]:
    """One model for all that this process does, closed at the end of the block; workers elsewhere open their own."""
    return open_model(settings, say=report) if isinstance(executor, Threads) else nullcontext()


@dataclass(frozen=True)
class _Known:
    resolved: bool


def _category(row: Row, grade: Graded) -> str:
    """One word for tables."""
    if grade.resolved:
        return "resolved"
    return "unresolved" if row["patch"].strip() else "no patch"


def _unsound(arm: str, instance: Instance, why: str, seed: int) -> Row:
    unit = Unit.of(arm, instance.id, seed)
    made = {"repo": instance.question.repo, "state": "fault", "category": "environment", "error": why}
    return unit.head | made
