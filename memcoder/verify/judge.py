"""The last word on a patch: a fresh sandbox, the extracted diff, the tests as they were."""

from memcoder.history.repository import Repository
from memcoder.records import Comparison, Patch, TestRun, Verdict
from memcoder.sandbox.base import Environment, write_files
from memcoder.verify.compare import compare
from memcoder.verify.guarded import guard_tests
from memcoder.verify.plan import TestPlan
from memcoder.verify.runner import run_tests
from memcoder.wording import listed


def judge(
    environment: Environment,
    repo: Repository,
    commit: str,
    patch: Patch,
    plan: TestPlan | None,
    *,
    timeout: float,
    before: TestRun | None = None,
    protected: tuple[str, ...] = (),
) -> Verdict:
    """Run the plan after the patch in a fresh sandbox, compare with the base commit, and say what that shows.

    `before` is the plan's outcome on the base commit in a fresh sandbox; where it is not known, it is run.

    Tests (by custom, or named in `protected`), and what steers their runner, stand as they were at the base commit,
    whatever the patch does to them; what it changed or added there is named as not verified. Faults of the engine are
    raised.
    """
    if patch.empty:
        return _failed("there is no patch")
    if plan is None:
        return Verdict(status="unverified", reasons=("no tests were found or given",), unverified=("everything",))
    if before is None:
        with environment.start() as sandbox:
            write_files(sandbox, plan.files)
            before = run_tests(sandbox, plan.command, timeout)
    with environment.start() as sandbox:
        if not sandbox.apply(patch.diff):
            return _failed("the patch does not apply to the base commit").model_copy(update={"before": before})
        touched = guard_tests(sandbox, repo, commit, patch, protected)
        write_files(sandbox, plan.files)
        after = run_tests(sandbox, plan.command, timeout)
        kind = sandbox.kind
    return _verdict(before, after, compare(before, after), plan, touched, kind)


def _failed(reason: str) -> Verdict:
    return Verdict(status="failed", reasons=(reason,))


def _verdict(
    before: TestRun, after: TestRun, change: Comparison, plan: TestPlan, touched: tuple[str, ...], kind: str
) -> Verdict:
    reasons = _reasons(after, change, plan)
    shown = not reasons and bool(change.fixed)
    if not reasons and not shown:
        why = ["no test that failed before passes now, so nothing shows that the issue is resolved"]
    else:
        why = reasons
    return Verdict(
        status="failed" if reasons else "verified" if shown else "unverified",
        reasons=tuple(why),
        verified=tuple(_held(change)),
        unverified=tuple(_unchecked(change, plan, touched)),
        before=before,
        after=after,
        comparison=change,
        sandbox=kind,
    )


def _reasons(after: TestRun, change: Comparison, plan: TestPlan) -> list[str]:
    """What speaks against the patch."""
    reasons = []
    if change.broken:
        reasons.append(f"{len(change.broken)} tests that passed before fail now: {listed(change.broken)}")
    if after.timed_out:
        reasons.append("the tests did not end within their time limit")
    if plan.origin == "given" and not after.passed:
        reasons.append("the test command still fails")
    return reasons


def _held(change: Comparison) -> list[str]:
    """What was checked and holds."""
    held = []
    if change.fixed:
        held.append(f"{len(change.fixed)} tests that failed before pass now: {listed(change.fixed)}")
    if not change.broken and change.unchanged:
        held.append(f"{change.unchanged} other tests are as they were")
    return held


def _unchecked(change: Comparison, plan: TestPlan, touched: tuple[str, ...]) -> list[str]:
    """What nobody checked."""
    unchecked = []
    if change.still_failing:
        unchecked.append(f"{len(change.still_failing)} tests fail as before: {listed(change.still_failing)}")
    if touched:
        unchecked.append(
            f"changes to tests ({', '.join(touched)}): what ran is the tests as they were at the base commit"
        )
    if plan.left_out:
        total = plan.test_files + plan.left_out
        unchecked.append(f"{plan.left_out} of {total} test files were not run: they are more than --test-budget allows")
    if plan.origin == "reproduction":
        unchecked.append("that the reproduction, written by a model from the issue, asks for the right thing")
    return unchecked
