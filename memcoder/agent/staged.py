"""The `staged` strategy: show the recalled places, take edits, verify each by the tests, refine.

It is what small models can follow: they are never asked to plan or to call tools, only to write code at a
place that memory has found, and the tests say what is right.
"""

import ast
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from memcoder.agent.candidates import Candidate, Failure, Schedule
from memcoder.agent.edits import EditError, check_python
from memcoder.agent.journal import Journal
from memcoder.agent.keys import key_of
from memcoder.records import Attempt, TestRun
from memcoder.sandbox.base import Sandbox, write_files
from memcoder.verify.compare import compare
from memcoder.verify.diagnose import diagnose, raw_log
from memcoder.verify.plan import TestPlan
from memcoder.verify.progress import Trail
from memcoder.verify.runner import run_tests
from memcoder.wording import first_line

LINE = 160
"""Characters of a diagnosis that are reported."""
RAW_CHARACTERS = 2000
"""Of a test run's output, where a refinement is told that instead of a diagnosis."""


@dataclass
class Bench:
    """Where candidates are tried: a sandbox at the base commit, and the tests that decide."""

    sandbox: Sandbox
    plan: TestPlan
    before: TestRun
    command_timeout: float

    @property
    def timeout(self) -> float:
        """Seconds a candidate's tests may take: thrice the base's own time, within bounds.

        Most wrong candidates of a loop never end, so waiting the full limit for each would eat the run.
        """
        if self.before.timed_out:
            return max(5.0, self.command_timeout / 2)
        return min(self.command_timeout, max(5.0, 3 * self.before.seconds))

    def run(self, files: Mapping[str, str]) -> TestRun:
        """The plan's tests on the base commit with these files changed."""
        self.sandbox.reset()
        write_files(self.sandbox, {**files, **self.plan.files})
        return run_tests(self.sandbox, self.plan.command, self.timeout)

    def resolves(self, run: TestRun) -> bool:
        """Whether something that failed before passes now and nothing broke."""
        change = compare(self.before, run)
        return run.passed or bool(change.fixed and not change.broken and not change.still_failing)

    def missing(self, run: TestRun) -> float:
        """Tests that fail, still or newly, those that vanished included; infinite where they did not end."""
        change = compare(self.before, run)
        return inf if run.timed_out else len(change.broken) + len(change.still_failing)


def search(
    schedule: Schedule, bench: Bench, journal: Journal, most: int | None, *, raw: bool = False
) -> dict[str, str] | None:
    """Try candidates until one passes; the changed files, or None once `most` attempts failed.

    With `raw` refinements are told the end of the tests' output, else a diagnosis.

    Raises LimitError when a limit ends the search first.
    """
    sources = schedule.writer.question.context.sources
    tried: set[str] = {fingerprint(sources)}
    trail = Trail()
    number = 0
    for candidate in schedule:
        mark = fingerprint({**sources, **candidate.files})
        if candidate.files and mark in tried:
            continue
        if candidate.origin == "infill" and not _parses(candidate.files):
            continue
        tried.add(mark)
        number += 1
        attempt, run = _try(number, candidate, sources, bench, journal, trail)
        if attempt.passed:
            return candidate.files
        if not candidate.unchanged:  # else there is nothing that the model could be told of
            told = raw_log(run, RAW_CHARACTERS) if raw and run else attempt.diagnosis
            missing = bench.missing(run) if run else inf
            schedule.failures.append(Failure(candidate.view, attempt.after, told, missing))
        if most and number >= most:
            return None
    return None


def _try(
    number: int, candidate: Candidate, sources: Mapping[str, str], bench: Bench, journal: Journal, trail: Trail
) -> tuple[Attempt, TestRun | None]:
    """The attempt, and the outcome of its tests; None where the edit did not apply."""
    started = journal.limits.seconds
    run = None
    if candidate.problem:
        attempt = Attempt(
            number=number,
            origin=candidate.origin,
            before="",
            action=candidate.action,
            after="",
            diagnosis=candidate.problem,
        )
    else:
        run = run_once(bench, candidate.files, journal)
        passed, diff = bench.resolves(run), diff_of(sources, candidate.files)
        circle = trail.follow(number, diff, run)
        attempt = Attempt(
            number=number,
            origin=candidate.origin,
            before="",
            action=candidate.action,
            after=diff,
            diagnosis="" if passed else diagnose(run, earlier=bench.before, circle=circle),
            passed=passed,
            outcome=run.tests,
            seconds=journal.limits.seconds - started,
        )
    journal.attempt(attempt)
    report_attempt(attempt, journal)
    return attempt, run


def report_attempt(attempt: Attempt, journal: Journal) -> None:
    """Say in a line what came of an attempt."""
    said = "passes" if attempt.passed else first_line(attempt.diagnosis, LINE)
    journal.report(f"attempt {attempt.number} ({attempt.origin}): {said}")


def run_once(bench: Bench, files: Mapping[str, str], journal: Journal) -> TestRun:
    """The outcome of these files, from the log or from the bench. Raises LimitError where no time is left to run."""
    key = key_of("attempt", bench.plan.command, sorted(bench.plan.files.items()), sorted(files.items()))
    return journal.test(key, lambda: bench.run(files))


def diff_of(sources: Mapping[str, str], changed: Mapping[str, str]) -> str:
    """Unified diff from the sources to the changed files, with lines as git counts them."""
    parts: list[str] = []
    for path, text in sorted(changed.items()):
        old, new = sources[path].split("\n"), text.split("\n")
        lines = difflib.unified_diff(_marked(old), _marked(new), f"a/{path}", f"b/{path}", n=2, lineterm="")
        parts += [f"{line}\n" for line in lines]
    return "".join(parts)


def _marked(lines: list[str]) -> list[str]:
    """Lines split at newlines; git's mark stands after the last one where no newline does."""
    return lines[:-1] if not lines[-1] else [*lines[:-1], f"{lines[-1]}\n\\ No newline at end of file"]


def fingerprint(files: Mapping[str, str]) -> str:
    """Equal for sources that differ in layout and comments only, so that no attempt is spent on them."""
    return key_of(sorted((path, _essence(path, text)) for path, text in files.items()))


def _essence(path: str, text: str) -> str:
    if path.endswith(".py"):
        try:
            return ast.dump(ast.parse(text))
        except (SyntaxError, ValueError):
            pass
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _parses(files: Mapping[str, str]) -> bool:
    try:
        for path, text in files.items():
            if path.endswith(".py"):
                check_python(path, text)
    except EditError:
        return False
    return True
