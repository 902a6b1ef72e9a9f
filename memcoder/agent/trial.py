"""A change tried as the last word will be: the extracted diff on the base commit, existing tests as they were."""

import re
from collections.abc import Iterable

from memcoder.agent.keys import key_of
from memcoder.agent.staged import Bench, report_attempt
from memcoder.agent.work import Work
from memcoder.errors import UsageError
from memcoder.prompts import data_block
from memcoder.records import Attempt, Patch, TestRun
from memcoder.sandbox.base import Sandbox, diff_paths, write_files
from memcoder.verify.diagnose import diagnose
from memcoder.verify.guarded import guard_tests
from memcoder.verify.progress import Trail
from memcoder.verify.runner import run_tests

FILE = re.compile(r"^(?=diff --git )", re.M)
"""Where a file's part of a git diff begins; lines of a hunk begin with a space, a plus or a minus."""
NEW_BYTECODE = re.compile(r"diff --git [^\n]*\.py[co]\"?\nnew file mode")


class Trial:
    """Tries what stands in the model's sandbox on the bench, so that the model's own state stays as it is."""

    def __init__(self, work: Work, sandbox: Sandbox) -> None:
        self._work, self._sandbox = work, sandbox
        self._last = ""
        """The change that was tried last."""
        self._trail = Trail()
        self._earlier = work.before
        """The tests' outcome at the last change, first at the base commit."""
        self.failures = 0
        """Changes that the tests refused, those of earlier sittings included."""

    @property
    def protected(self) -> frozenset[str]:
        """Files that decide, so that no change may touch them."""
        plan = self._work.plan
        return frozenset(self._work.task.test_files) | frozenset(plan.files if plan else ())

    def allow(self, paths: Iterable[str], hint: str) -> None:
        """Raises UsageError where one of the paths is of a file that decides."""
        if touched := sorted(self.protected.intersection(paths)):
            raise UsageError(f"these files decide and may not be changed: {', '.join(touched)}", hint)

    def diff(self) -> str:
        """What was changed, without the files that the plan puts beside the code, and without new bytecode."""
        plan = self._work.plan
        own = set(plan.files) if plan else set()
        parts = [part for part in FILE.split(self._sandbox.diff()) if not own.intersection(diff_paths(part))]
        return "".join(part for part in parts if not NEW_BYTECODE.match(part))

    def problem(self, diff: str, action: str) -> str:
        """Why the tests refuse the change, in words for the model; empty where they accept it, or there are none.

        What is tried is an attempt of the run. Raises LimitError where no time is left to run the tests, UsageError
        where files are changed that decide.
        """
        self.allow(diff_paths(diff), "undo that first")
        if self._work.bench is None:
            return ""
        diagnosis = self._attempt(diff, action, self._work.bench)
        return f"The tests do not accept this yet.\n{data_block(diagnosis, 'test output')}" if diagnosis else ""

    def accepts(self, diff: str) -> bool:
        """Whether the tests accept what was not handed in; only then it counts as an attempt. Raises LimitError."""
        bench = self._work.bench
        if self.protected.intersection(diff_paths(diff)):
            return False
        if bench is not None and not bench.resolves(self._tested(diff, bench)):
            return False
        return not self.problem(diff, "(not handed in)")

    def remember(self, diff: str, failed: bool) -> None:
        """Take note of a change that an earlier sitting tried."""
        self._last = diff
        self.failures += failed
        if (bench := self._work.bench) is None:
            return
        self._work.journal.last_attempt += 1
        if (run := self._work.journal.outcome(self._key(diff, bench))) is not None:
            self._follow(self._work.journal.last_attempt, diff, run)

    def _attempt(self, diff: str, action: str, bench: Bench) -> str:
        """The diagnosis of one attempt, which is written to the log; empty where it passed."""
        journal, started = self._work.journal, self._work.journal.limits.seconds
        run = self._tested(diff, bench)
        passed, number = bench.resolves(run), journal.last_attempt + 1
        earlier = self._earlier
        circle = self._follow(number, diff, run)
        told = diagnose(run, earlier=earlier, circle=circle) or "tests that passed before are gone"
        attempt = Attempt(
            number=number,
            origin="submit",
            before=self._last,
            action=action,
            diagnosis="" if passed else told,
            after=diff,
            passed=passed,
            outcome=run.tests,
            seconds=journal.limits.seconds - started,
        )
        journal.attempt(attempt)
        report_attempt(attempt, journal)
        self._last = diff
        self.failures += not passed
        return attempt.diagnosis

    def _follow(self, number: int, diff: str, run: TestRun) -> str:
        """Take an attempt in; a line that it goes round in circles, where it does."""
        self._earlier = run
        return self._trail.follow(number, diff, run)

    def _key(self, diff: str, bench: Bench) -> str:
        return key_of("submit", bench.plan.command, sorted(bench.plan.files.items()), diff)

    def _tested(self, diff: str, bench: Bench) -> TestRun:
        """The plan's outcome with this diff, from the log or from the bench."""
        return self._work.journal.test(self._key(diff, bench), lambda: self._run(diff, bench))

    def _run(self, diff: str, bench: Bench) -> TestRun:
        """The plan's tests on the base commit with this diff."""
        bench.sandbox.reset()
        if not bench.sandbox.apply(diff):
            raise UsageError("the change does not apply to the base commit", "is it one of regular text files?")
        task, repo = self._work.task, self._work.repo
        guard_tests(bench.sandbox, repo, task.base_commit, Patch(diff=diff), task.test_files)
        write_files(bench.sandbox, bench.plan.files)
        return run_tests(bench.sandbox, bench.plan.command, bench.timeout)
