"""The arms: what each does differently, and one program repaired by one of them."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memcoder import (
    Environment,
    LanguageModel,
    Patch,
    Repository,
    Run,
    RunStore,
    Sandbox,
    Settings,
    SharedBudget,
    Task,
    TestPlan,
    UsageError,
    Verdict,
    diff_paths,
    judge,
    prepare,
    resolve,
)
from memcoder_eval.arms import check_arms
from memcoder_eval.minisweagent import VERSION, installed, require
from memcoder_eval.repair.mini import served, work
from memcoder_eval.repair.programs import Program, make_task
from memcoder_eval.stores import Report

REFINING: dict[str, dict[str, Any]] = {
    "refine-off": {"refine": "off"},
    "refine-raw": {"refine": "raw", "checklist": True},
    "refine-diagnosis": {"refine": "diagnosis", "checklist": True},
    "refine-bare": {"refine": "diagnosis", "checklist": False, "reproduce": False},
}
"""What a refinement is told. No reproduction is written in any of them, as every program has its test command."""
ARMS: dict[str, dict[str, Any]] = {
    "one-shot": {"strategy": "staged", "max_attempts": 1},
    "staged": {"strategy": "staged"},
    "tools": {"strategy": "tools"},
    **{arm: {"strategy": "staged", **own} for arm, own in REFINING.items()},
    **{f"{arm}-alone": {"strategy": "staged", **own, "infill": False} for arm, own in REFINING.items()},
}
"""Arm of memcoder → the settings that differ. `one-shot` is `staged` stopped after its first attempt; `-alone` is
without the rewriting of single lines, which solves much before a refinement could show what it does."""
DEFAULT = ("one-shot", "staged")
MINI: dict[str, dict[str, Any]] = {"mini": {"temperature": 0.0}, "mini-sampled": {}}
"""Arm of mini-swe-agent → how its answers are drawn. `mini-sampled` leaves that to the server, as its configuration
does; `mini` draws as memcoder's first attempt."""
UNLIMITED_CALLS = 100_000
"""Where no limit of steps is given, time is the only one of a program."""


def default_arms() -> list[str]:
    """The arms that run where none is named; `mini` where it is installed."""
    return [*DEFAULT, *(["mini"] if installed() else [])]


def check(arms: list[str]) -> None:
    """Raises UsageError for an unknown arm, and MissingError where an arm's package is not installed."""
    check_arms(arms, [*ARMS, *MINI])
    if set(arms) & set(MINI):
        require()


@dataclass(frozen=True)
class Bench:
    """What all arms share. Everything they leave lies under `out`."""

    source: Path
    out: Path
    model: LanguageModel
    settings: Settings
    report: Report
    max_steps: int | None = None
    """Model calls of a program and arm at most; None: any number."""
    budget: SharedBudget = field(default_factory=SharedBudget)

    def repair(self, program: Program, arm: str) -> dict[str, Any]:
        """One program by one arm; the row of its results.

        The image is there before the clock starts, so that no arm pays for what the next one finds.
        """
        task = make_task(program, self.source, self.out / "repositories" / program.name)
        settings = self._settings(program, arm)
        environment = prepare(Path(task.repository), task.base_commit, settings, progress=self.report)
        row = {"program": program.name, "arm": arm}
        if arm in MINI:
            return row | self._mini(program, arm, task, environment, settings)
        runs = RunStore(self.out / "runs" / arm)
        run = resolve(task, settings, model=self.model, runs=runs, report=self.report, budget=self.budget)
        return row | _of_run(run)

    def _settings(self, program: Program, arm: str) -> Settings:
        own = {
            "max_steps": self.max_steps or UNLIMITED_CALLS,
            "command_timeout": self.settings.max_time / 15,
            "store": self.out / "stores" / program.name,
        }
        return self.settings.model_copy(update=own | ARMS.get(arm, {}))

    def _mini(
        self, program: Program, arm: str, task: Task, environment: Environment, settings: Settings
    ) -> dict[str, Any]:
        started = time.monotonic()
        trajectory = self.out / "runs" / arm / f"{program.name}.traj.json"
        with environment.start() as sandbox:
            ended = work(
                task,
                sandbox,
                served(self.model),
                settings,
                trajectory,
                self.report,
                self.budget,
                steps=self.max_steps or 0,
                sampling=MINI[arm],
            )
            patch, why = _patch(sandbox, ended.why)
        verdict = self._judged(task, environment, patch, settings)
        self.report(f"{why}; verdict: {verdict.status}")
        solved = verdict.status == "verified"
        return {
            "solved": solved,
            "by": f"mini-swe-agent {VERSION}" if solved else "",
            "ended": why,
            "attempts": 1,
            "calls": ended.usage.calls,
            "candidates": 0 if patch.empty else 1,
            "tokens": ended.usage.tokens,
            "seconds": round(time.monotonic() - started, 1),
            "run": str(trajectory.relative_to(self.out)),
        }

    def _judged(self, task: Task, environment: Environment, patch: Patch, settings: Settings) -> Verdict:
        """As memcoder's own patches are judged."""
        plan = TestPlan(command=task.test_command or "")
        repo = Repository.open(Path(task.repository))
        return judge(
            environment,
            repo,
            task.base_commit,
            patch,
            plan,
            timeout=settings.command_timeout,
            protected=task.test_files,
        )


def _patch(sandbox: Sandbox, why: str) -> tuple[Patch, str]:
    """What the work tree holds; none where it may not be one, such as a link to the outside."""
    try:
        diff = sandbox.diff()
    except UsageError as error:
        return Patch(diff=""), f"{why}, and {error.message}"
    return Patch(diff=diff, files=tuple(diff_paths(diff))), why


def _of_run(run: Run) -> dict[str, Any]:
    return {
        "solved": bool(run.verdict and run.verdict.status == "verified"),
        "by": next((attempt.origin for attempt in run.attempts if attempt.passed), ""),
        "ended": run.error or run.state,
        "attempts": len(run.attempts),
        "calls": run.usage.calls,
        "candidates": len({attempt.after for attempt in run.attempts if attempt.after}),
        "tokens": run.usage.tokens,
        "seconds": round(run.seconds, 1),
        "run": run.id,
    }
