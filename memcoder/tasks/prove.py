"""The proof of a task: its tests run without the fix and with it, twice each, in fresh sandboxes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from memcoder.history.repository import Repository
from memcoder.records import TestRun
from memcoder.sandbox.base import Environment
from memcoder.tasks.candidates import Rejected
from memcoder.tasks.grade import run_task
from memcoder.tasks.proven import ProvenTask

DAYS = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d %b %Y")
"""How a day is written."""
FAILING = ("failed", "error", None)
"""Outcomes of a test before its fix; None: it was not there, as where its file could not be imported."""


def prove(environment: Environment, repo: Repository, task: ProvenTask, timeout: float) -> ProvenTask:
    """The task with its fail-to-pass and pass-to-pass tests, none of which came out otherwise the second time.

    Raises Rejected where no test fails without the fix and passes with it, or a run does not end in time.
    """
    before, after = (_run(environment, repo, task, patch, timeout) for patch in ("", task.patch))
    if not after.tests:
        raise Rejected("the runner names no tests", after.output[-300:])
    if not _mended(before, after):
        raise Rejected("no test fails without the fix and passes with it", after.output[-300:])
    again, after_again = (_run(environment, repo, task, patch, timeout) for patch in ("", task.patch))
    stable = {name for name in after.tests if _alike(name, before, again) and _alike(name, after, after_again)}
    stable -= _dated(stable)
    mended = sorted(_mended(before, after) & stable)
    if not mended:
        raise Rejected("its tests come out otherwise when they are run again")
    kept = sorted(name for name in stable if before.tests.get(name) == after.tests.get(name) == "passed")
    return task.model_copy(update={"fail_to_pass": tuple(mended), "pass_to_pass": tuple(kept)})


def _mended(before: TestRun, after: TestRun) -> set[str]:
    return {name for name, outcome in after.tests.items() if outcome == "passed" and before.tests.get(name) in FAILING}


def _alike(name: str, one: TestRun, other: TestRun) -> bool:
    return one.tests.get(name) == other.tests.get(name)


def _dated(names: Iterable[str]) -> set[str]:
    """Tests that are called by the day on which they run, as parameters of `now()` are: tomorrow they are others."""
    days = [datetime.now(UTC) + timedelta(days=shift) for shift in (-1, 0, 1)]
    marks = {day.strftime(shape) for day in days for shape in DAYS}
    return {name for name in names if any(mark in name for mark in marks)}


def _run(environment: Environment, repo: Repository, task: ProvenTask, patch: str, timeout: float) -> TestRun:
    run = run_task(environment, repo, task, patch, timeout)
    if run is None:
        raise Rejected("its patches do not apply by themselves")
    if run.timed_out:
        raise Rejected("its tests do not end in time", f"{timeout:.0f} s")
    return run
