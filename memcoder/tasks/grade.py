"""Whether a patch resolves a task: every fail-to-pass and every pass-to-pass test passes, in a fresh sandbox."""

from pydantic import Field

from memcoder.history.repository import Repository
from memcoder.records import Patch, Record, TestRun
from memcoder.sandbox.base import Environment, diff_paths
from memcoder.tasks.proven import ProvenTask
from memcoder.verify.guarded import guard_tests
from memcoder.verify.runner import run_tests

Status = dict[str, tuple[str, ...]]


class Grade(Record):
    """What the tests of a task say of a patch."""

    resolved: bool
    applied: bool
    """Whether the patch applies to the base commit."""
    reason: str = ""
    """Why it is not resolved."""
    tests_status: dict[str, Status] = Field(default_factory=dict)
    """`FAIL_TO_PASS` and `PASS_TO_PASS`, each with the tests of `success` and of `failure`, as SWE-bench reports."""


def grade_task(environment: Environment, repo: Repository, task: ProvenTask, patch: str, timeout: float) -> Grade:
    """Grade a patch by SWE-bench's rule. Raises FaultError where the engine fails."""
    if not patch.strip():
        return Grade(resolved=False, applied=False, reason="there is no patch")
    run = run_task(environment, repo, task, patch, timeout)
    if run is None:
        return Grade(resolved=False, applied=False, reason="the patch does not apply to the base commit")
    status = {
        "FAIL_TO_PASS": _status(run, task.fail_to_pass),
        "PASS_TO_PASS": _status(run, task.pass_to_pass),
    }
    return Grade(resolved=not (reason := _reason(run, status)), applied=True, reason=reason, tests_status=status)


def run_task(
    environment: Environment, repo: Repository, task: ProvenTask, patch: str, timeout: float
) -> TestRun | None:
    """The outcome of a task's tests with a patch in a fresh sandbox; None where patch or tests do not apply.

    What the patch does to tests, and to what steers their runner, is undone; then the task's tests are put in place.
    """
    with environment.start() as sandbox:
        if not sandbox.apply(patch):
            return None
        changed = Patch(diff=patch, files=tuple(diff_paths(patch)))
        guard_tests(sandbox, repo, task.base_commit, changed, task.test_files)
        if not sandbox.apply(task.test_patch):
            return None
        return run_tests(sandbox, task.test_cmd, timeout)


def _status(run: TestRun, names: tuple[str, ...]) -> Status:
    passed = {name for name in names if run.tests.get(name) == "passed"}
    return {
        "success": tuple(name for name in names if name in passed),
        "failure": tuple(name for name in names if name not in passed),
    }


def _reason(run: TestRun, status: dict[str, Status]) -> str:
    if run.timed_out:
        return "the tests did not end within their time limit"
    failing, broken = status["FAIL_TO_PASS"]["failure"], status["PASS_TO_PASS"]["failure"]
    told = []
    if failing:
        told.append(f"{len(failing)} tests that the fix mends do not pass")
    if broken:
        told.append(f"{len(broken)} tests that passed before do not pass")
    return ", ".join(told)
