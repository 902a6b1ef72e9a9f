"""The run's journal: what was asked and tried is written as it happens, and a resumed run replays it.

A strategy is deterministic given the replies it gets and the outcomes it sees. So resuming is replaying:
each model call and each test run has a key; where the run log has an answer for it, that is used, and
nothing is paid twice.
"""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memcoder.agent.keys import mark_of
from memcoder.agent.limits import Limits
from memcoder.agent.past import Past
from memcoder.models.base import Reply
from memcoder.records import Attempt, Fit, Record, TestRun, Usage
from memcoder.runs.log import RunLog

Report = Callable[[str], None]
"""Called with a line for the person who waits; where more lines follow, the first says enough."""


class Journal:
    """Asks and tries through the run log."""

    def __init__(self, log: RunLog, limits: Limits, report: Report) -> None:
        self.limits = limits
        self.report = report
        self.past = Past()
        """What the log has, and of what this sitting adds to it all that may be asked for again."""
        self.alone = threading.RLock()
        """Held while something is found out for all candidates, so that it is found out once."""
        self.last_attempt = 0
        """Number of the newest attempt that this sitting made or replayed."""
        self._log = log
        self._candidate = 0
        for event in log.events():
            self.past.take(event)
            if event["event"] == "call":
                limits.remember(_total(self.past.replies[event["key"]]))
            seconds = event.get("seconds", 0.0) if event["event"] == "finished" else event.get("at_seconds", 0.0)
            limits.seconds_before = max(limits.seconds_before, seconds)

    def of_candidate(self, number: int) -> "Journal":
        """The part that is one candidate's (from 1): its calls, actions and attempts are written as its own.

        Limits, and what tests and fit say of the same files, are everybody's.
        """
        own = copy.copy(self)
        own.report = lambda line: self.report(f"candidate {number}: {line}")
        own.last_attempt = 0
        own._candidate = number
        return own

    def ask(self, key: str, prompt: Any, call: Callable[[], Sequence[Reply]]) -> list[Reply]:
        """The replies to a call, from the log or from the model.

        Raises LimitError when nothing may be spent, BudgetError when that is so of what runs share.
        """
        key = self._own(key)
        if key in self.past.replies:
            return self.past.replies[key]
        self.limits.check()
        replies = list(call())
        self.limits.charge(_total(replies))
        self._log.append(
            "call",
            key=key,
            prompt=prompt,
            replies=[reply.model_dump(mode="json") for reply in replies],
            usage=_total(replies).model_dump(mode="json"),
            at_seconds=self.limits.seconds,
        )
        self.past.replies[key] = replies
        return replies

    def test(self, key: str, run: Callable[[], TestRun]) -> TestRun:
        """The outcome of a test run, from the log or from the sandbox. Raises LimitError where no time is left."""
        if key not in self.past.tests:
            self.limits.check_time()
            self._keep("tested", key, run=run())
        return self.past.tests[key]

    def outcome(self, key: str) -> TestRun | None:
        """A test run that the log has; None where it has not."""
        return self.past.tests.get(key)

    def fit(self, key: str, look: Callable[[], Fit]) -> Fit:
        """What was found of a patch's fit, from the log or by looking."""
        if key not in self.past.fits:
            self._keep("fit", key, fit=look())
        return self.past.fits[key]

    def action(self, key: str) -> Mapping[str, Any] | None:
        """What an earlier sitting did under this key, and what came of it; None where none did."""
        return self.past.actions.get(self._own(key))

    def act(self, key: str, **data: Any) -> None:
        """Write what was done under a key, and what came of it."""
        self._log.append("acted", key=self._own(key), **data, at_seconds=self.limits.seconds)

    def note(self, event: str, **data: Any) -> None:
        """Write an event that has no key."""
        whose = {"candidate": self._candidate} if self._candidate else {}
        self._log.append(event, **data, **whose)
        self.past.take({"event": event, **data})

    def attempt(self, attempt: Attempt) -> None:
        """Write an attempt, unless an earlier sitting has."""
        self.last_attempt = attempt.number
        own = attempt.model_copy(update={"candidate": self._candidate})
        if mark_of(own) not in self.past.attempts:
            self._log.append("attempt", attempt=own.model_dump(mode="json"))
            self.past.attempts.add(mark_of(own))

    def reopen(self) -> None:
        """Let a run that a limit stopped go on. Raises LimitError, and changes nothing, where nothing is left still."""
        self.limits.check()
        self.note("reopened", seconds=self.limits.seconds)

    def _keep(self, event: str, key: str, **record: Record) -> None:
        kept = {name: one.model_dump(mode="json") for name, one in record.items()}
        self._log.append(event, key=key, **kept, at_seconds=self.limits.seconds)
        self.past.take({"event": event, "key": key, **kept})

    def _own(self, key: str) -> str:
        return f"candidate {self._candidate}: {key}" if self._candidate else key


def _total(replies: Sequence[Reply]) -> Usage:
    """One request's usage: its replies share one prompt, which the first of them carries."""
    total = Usage()
    for reply in replies:
        total = total + reply.usage
    return total.model_copy(update={"calls": 1})
