"""The project's own tests as a run's plan: all of them where they fit into the budget, else those that matter most."""

from collections.abc import Sequence

from memcoder.agent.journal import Journal
from memcoder.agent.keys import key_of
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.records import Recall, TestRun
from memcoder.sandbox.base import Sandbox
from memcoder.verify.choose import choose, rank_tests
from memcoder.verify.diagnose import diagnose
from memcoder.verify.plan import TestPlan, plan_of
from memcoder.verify.runner import run_tests
from memcoder.verify.runners import detect, project_at
from memcoder.wording import first_line


def choose_suite(
    repo: Repository, commit: str, recall: Recall, sandbox: Sandbox, journal: Journal, settings: Settings
) -> TestPlan | None:
    """The tests of the project that decide, chosen once a run; None where there are no tests to be seen.

    The choice is made at the base commit, by running what is chosen; the sandbox is reset afterwards.
    """
    if journal.past.chosen is not None:
        return journal.past.chosen
    project = project_at(repo, commit)
    runner = detect(project)
    if runner is None:
        return None
    ranked = rank_tests(repo, commit, recall, runner.test_files(project))

    def plan(paths: Sequence[str]) -> TestPlan:
        return plan_of(runner, project, paths, left_out=len(ranked.paths) - len(paths))

    timeout = min(settings.test_budget, settings.command_timeout)

    def run(paths: Sequence[str]) -> TestRun:
        tried = plan(paths)
        return journal.test(suite_key(tried), lambda: _run(sandbox, tried.command, timeout))

    chosen = plan(choose(ranked, timeout, run))
    _report(chosen, journal, journal.outcome(suite_key(chosen)))
    journal.note("chosen", plan=chosen.model_dump(mode="json"))
    return chosen


def suite_key(plan: TestPlan) -> str:
    """Key of the outcome of a plan without a reproduction at the base commit, in the run's log."""
    return key_of("suite", plan.command)


def _run(sandbox: Sandbox, command: str, timeout: float) -> TestRun:
    try:
        return run_tests(sandbox, command, timeout)
    finally:
        sandbox.reset()


def _report(plan: TestPlan, journal: Journal, seen: TestRun | None) -> None:
    total = plan.test_files + plan.left_out
    which = f"{plan.test_files} of {total} test files" if plan.left_out else f"all {total} test files"
    journal.report(f"tests: {which}, by {plan.runner}")
    if seen is not None and not seen.tests and not seen.passed:
        journal.report(f"tests: none could be run: {first_line(diagnose(seen))}")
