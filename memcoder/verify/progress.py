"""Whether attempts get anywhere: what changed from one run to the next, and failures that come back."""

import hashlib
import re
from dataclasses import dataclass, field

from memcoder.records import TestRun
from memcoder.verify.compare import compare
from memcoder.verify.frames import deepest, error_of
from memcoder.wording import listed

NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?s?\b(?= seconds|\))|\(\d+\)")
"""What differs between two runs of the same failure: addresses, durations, threads."""
SHOWN = 2
"""Tests that are named of each sort."""


def signature(run: TestRun) -> str:
    """Equal for runs that fail alike: the same tests, each by the same error at the same place."""
    told = [
        f"{name} {NUMBERS.sub('', error_of(message))} {deepest(message)}"
        for name, message in sorted(run.messages.items())
    ]
    parts = [*sorted(run.failing), *told] if run.tests else [NUMBERS.sub("", run.output[-2000:])]
    return hashlib.sha256("\n".join([str(run.timed_out), *parts]).encode(errors="replace")).hexdigest()[:16]


def changed(earlier: TestRun, run: TestRun) -> str:
    """What differs from an earlier run, in a line: tests that newly pass, newly fail or are gone; empty where none."""
    if not earlier.tests or run.timed_out:
        return ""
    if not run.tests:
        return "No test was run any more."
    change = compare(earlier, run)
    gone = tuple(name for name in change.broken if name not in run.tests)
    failing = tuple(name for name in change.broken if name in run.tests)
    sorts = (("Newly passing", change.fixed), ("Newly failing", failing), ("Gone", gone))
    return " ".join(f"{what}: {listed(tests, SHOWN)}." for what, tests in sorts if tests)


@dataclass
class Trail:
    """The failed attempts of a run, by what they changed and by how they failed."""

    _diffs: dict[str, int] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)

    def follow(self, number: int, diff: str, run: TestRun) -> str:
        """Take the next attempt in; says in a line that it goes round in circles, empty where it does not.

        The same change again comes first, then another change that fails just as an earlier one did.
        """
        mark = signature(run)
        again, alike = self._diffs.get(diff), self._failures.get(mark)
        self._diffs.setdefault(diff, number)
        self._failures.setdefault(mark, number)
        if again is not None:
            return f"This is the change of attempt {again} once more."
        return f"It fails just as attempt {alike} did: that change made no difference." if alike is not None else ""
