"""The proof of a task: its tests run without the fix and with it, twice each, in fresh sandboxes."""

from memcoder.history.repository import Repository
from memcoder.records import TestRun
from memcoder.sandbox.base import Environment
from memcoder.tasks.candidates import Rejected
from memcoder.tasks.grade import run_task
from memcoder.tasks.proven import ProvenTask

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
    stable = {
        name
        for name in before.tests.keys() | after.tests.keys() | again.tests.keys() | after_again.tests.keys()
        if before.tests.get(name) == again.tests.get(name) and after.tests.get(name) == after_again.tests.get(name)
    }
    mended = sorted(_mended(before, after) & stable)
    if not mended:
        raise Rejected("its tests come out otherwise when they are run again")
    kept = sorted(name for name in stable if before.tests.get(name) == after.tests.get(name) == "passed")
    return task.model_copy(update={"fail_to_pass": tuple(mended), "pass_to_pass": tuple(kept)})


def _mended(before: TestRun, after: TestRun) -> set[str]:
    return {name for name, outcome in after.tests.items() if outcome == "passed" and before.tests.get(name) in FAILING}


def _run(environment: Environment, repo: Repository, task: ProvenTask, patch: str, timeout: float) -> TestRun:
    run = run_task(environment, repo, task, patch, timeout)
    if run is None:
        raise Rejected("its patches do not apply by themselves")
    if run.timed_out:
        raise Rejected("its tests do not end in time", f"{timeout:.0f} s")
    return run
