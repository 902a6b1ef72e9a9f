"""One instance solved in one arm: a leak-free clone, the arm's memory, memcoder's own agent, and the row of it."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from memcoder import (
    ContextError,
    LanguageModel,
    MemcoderError,
    MissingError,
    Recall,
    Remember,
    Repository,
    Run,
    RunStore,
    Settings,
    SharedBudget,
    Task,
    prepare,
    resolve,
)
from memcoder_eval.arms import check_arms
from memcoder_eval.batch.faults import fault_of
from memcoder_eval.dataset import Instance
from memcoder_eval.solving.arms import ARMS
from memcoder_eval.solving.memory import customs_at_base, memory_of
from memcoder_eval.solving.quality import quality
from memcoder_eval.solving.remember import Prepared
from memcoder_eval.solving.sight import issue_of, leak_free, source_of
from memcoder_eval.stores import Report

Row = dict[str, Any]
MEMORY, CLONES, RUNS = "memory", "clones", "runs"
"""Folders of `out`."""


def solve_instance(
    instance: Instance,
    arm: str,
    settings: Settings,
    clones: Path,
    out: Path,
    *,
    remember: Remember | None = None,
    model: LanguageModel | None = None,
    budget: SharedBudget | None = None,
    report: Report = lambda line: None,
) -> Row:
    """Solve it with what `prepare_memory` left in OUT/memory, unless the agent is to `remember` something else; a run
    that a fault ended goes on where it was, and one that came to its end is not made again.

    The row's `state` is `ended` (by the agent, with a patch or without) or `fault` (nothing is said of the agent), its
    `category` says how: `verified`, `unverified`, `failed`, `empty`, `limit` or `context`; or as `fault_of` has it, or
    what the attempt was at: `memory`, `environment`, `solving`. `settings` bring the recipe of the environment.
    Raises UsageError for an unknown arm; what is no error of memcoder's own is raised as it is.
    """
    if remember is None:
        check_arms([arm], ARMS)
    attempt = _Attempt(instance, arm, settings, clones, out, report)
    started = time.monotonic()
    row = {"arm": arm, "instance": instance.id, "repo": instance.question.repo, "seed": settings.seed}
    try:
        return row | attempt.row(remember, model, budget)
    except ContextError as error:
        return row | _stopped("ended", "context", error, started)
    except MemcoderError as error:
        return row | _stopped("fault", _category(error, attempt.step), error, started)


class _Attempt:
    """One instance in one arm; `step` is what it is at."""

    def __init__(
        self, instance: Instance, arm: str, settings: Settings, clones: Path, out: Path, report: Report
    ) -> None:
        self.instance, self.arm, self.settings = instance, arm, settings
        self.clones, self.out, self.report = clones, out, report
        self.step = "missing"

    def row(self, remember: Remember | None, model: LanguageModel | None, budget: SharedBudget | None) -> Row:
        """Solve, and say what came of it."""
        instance, base = self.instance, self.instance.question.base_commit
        source = source_of(instance, self.clones)
        self.step = "memory"
        given, remember = remember, remember or self._memory(source)
        customs = () if given else customs_at_base(instance, self.out / MEMORY)
        clone = leak_free(instance, self.clones, self.out / CLONES)
        self.step = "environment"
        prepare(clone.path, base, self.settings, progress=self.report)  # not on the run's clock
        self.step = "solving"
        runs = RunStore(self.out / RUNS / self.arm / instance.id)
        task = Task(repository=str(clone.path), base_commit=base, issue=issue_of(instance))
        # a run may have come to its end and its row been lost, as when the process was killed in between
        run = runs.ended(task, self.settings.model, self.settings.seed) or resolve(
            task, self.settings, model=model, runs=runs, report=self.report, budget=budget, remember=remember
        )
        row = _of_run(run)
        measured = quality(source, base, row["patch"], instance.patch, customs)
        return row | {"quality": measured}

    def _memory(self, source: Repository) -> Prepared:
        found = memory_of(self.instance, self.arm, self.out / MEMORY, self.settings, source)
        if found is None:
            raise MissingError(f"the memory of {self.instance.id} in {self.arm} was not prepared", "prepare it first")
        return found


def _of_run(run: Run) -> Row:
    patch = run.patch.diff if run.patch else ""
    return {
        "state": "ended",
        "category": _ended(run, patch),
        "patch": patch,
        "verdict": run.verdict.status if run.verdict else None,
        "fit": run.verdict.fit.score if run.verdict and run.verdict.fit else None,
        "error": run.error,
        "run": run.id,
        "attempts": len(run.attempts),
        "steps": run.usage.calls,
        "tokens": run.usage.tokens,
        "tokens_cached": run.usage.tokens_cached,
        "cost": run.usage.cost if run.usage.cost_known else None,
        "seconds": round(run.seconds, 1),
        **shown(run.recall),
    }


def shown(recall: Recall | None) -> Mapping[str, Any]:
    """Ids of what the issue recalled; of its commits, those that were distilled."""
    memories = [item.memory for item in recall.memories] if recall else []
    commits = [memory for memory in memories if memory.kind == "commit"]
    distilled = [memory.id for memory in commits if memory.distilled]
    share = len(distilled) / len(commits) if commits else None
    return {"memories": [memory.id for memory in memories], "distilled": distilled, "distilled_share": share}


def _ended(run: Run, patch: str) -> str:
    if run.state == "stopped" and not patch:
        return "limit"
    if not patch.strip():
        return "empty"
    return run.verdict.status if run.verdict else "unverified"


def _category(error: MemcoderError, step: str) -> str:
    """The part that failed where the error names one, else what the attempt was at."""
    found = fault_of(error).category
    return step if found in ("fault", "missing") else found


def _stopped(state: str, category: str, error: MemcoderError, started: float) -> Row:
    seconds = round(time.monotonic() - started, 1)
    return {"state": state, "category": category, "patch": "", "error": error.message, "seconds": seconds}
