"""The run's journal: what was asked and tried is written as it happens, and a resumed run replays it.

A strategy is deterministic given the replies it gets and the outcomes it sees. So resuming is replaying:
each model call and each test run has a key; where the run log has an answer for it, that is used, and
nothing is paid twice.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memcoder.agent.limits import Limits
from memcoder.models.base import Reply
from memcoder.records import Attempt, ChecklistItem, Fit, Recall, TestRun, Usage
from memcoder.runs.store import RunLog
from memcoder.verify.plan import TestPlan
from memcoder.verify.spectrum import Spectrum

Report = Callable[[str], None]
"""Called with a line for the person who waits; where more lines follow, the first says enough."""


class Journal:
    """Asks and tries through the run log."""

    def __init__(self, log: RunLog, limits: Limits, report: Report) -> None:
        self.limits = limits
        self.report = report
        self._log = log
        self.judged = False
        """Whether an earlier sitting came to a verdict."""
        self.finished = False
        """Whether an earlier sitting came to the run's end, and only its outcome was not handed over."""
        self.strategy = ""
        """By which the run is solved."""
        self.stopped = False
        """Whether that end was a limit."""
        self._replies: dict[str, list[Reply]] = {}
        self._tests: dict[str, TestRun] = {}
        self._fits: dict[str, Fit] = {}
        self._actions: dict[str, Mapping[str, Any]] = {}
        self._attempts: set[str] = set()
        self.candidates: dict[int, Mapping[str, Any]] = {}
        """Number → patch and verdict of each candidate that came to its verdict in an earlier sitting."""
        self.last_attempt = 0
        """Number of the newest attempt that this sitting made or replayed."""
        self.recalled: Recall | None = None
        self.checklist: tuple[ChecklistItem, ...] | None = None
        """None until it was written, or found to be none."""
        self.spectrum: Spectrum | None = None
        self.chosen: TestPlan | None = None
        """The project's own tests that an earlier sitting chose."""
        for event in log.events():
            limits.seconds_before = max(limits.seconds_before, event.get("at_seconds", 0.0))
            self._remember(event)
            self._know(event)
            self._follow(event)

    def _remember(self, event: Mapping[str, Any]) -> None:
        """What was paid for: it is not paid twice."""
        match event["event"]:
            case "call":
                replies = [Reply.model_validate(reply) for reply in event["replies"]]
                self._replies[event["key"]] = replies
                self.limits.remember(_total(replies))
            case "tested":
                self._tests[event["key"]] = TestRun.model_validate(event["run"])
            case "fit":
                self._fits[event["key"]] = Fit.model_validate(event["fit"])
            case "acted":
                self._actions[event["key"]] = event
            case "attempt":
                self._attempts.add(_mark(Attempt.model_validate(event["attempt"])))
            case "candidate":
                self.candidates[event["number"]] = event

    def _know(self, event: Mapping[str, Any]) -> None:
        """What was found out before the first attempt: a run never changes its mind about it."""
        match event["event"]:
            case "recalled":
                self.recalled = Recall.model_validate(event["recall"])
            case "checklist":
                self.checklist = tuple(ChecklistItem.model_validate(item) for item in event["items"])
            case "spectrum":
                self.spectrum = Spectrum.model_validate(event["spectrum"])
            case "chosen":
                self.chosen = TestPlan.model_validate(event["plan"])

    def _follow(self, event: Mapping[str, Any]) -> None:
        """How far the run has come."""
        match event["event"]:
            case "started":
                self.strategy = event["strategy"]
            case "verdict":
                self.judged = True
            case "finished":
                self.finished, self.stopped = True, event["state"] == "stopped"
                self.limits.seconds_before = max(self.limits.seconds_before, event.get("seconds", 0.0))
            case "reopened":
                self.judged = self.finished = self.stopped = False

    def ask(self, key: str, prompt: Any, call: Callable[[], Sequence[Reply]]) -> list[Reply]:
        """The replies to a call, from the log or from the model.

        Raises LimitError when nothing may be spent, BudgetError when that is so of what runs share.
        """
        if key in self._replies:
            return self._replies[key]
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
        self._replies[key] = replies
        return replies

    def test(self, key: str, run: Callable[[], TestRun]) -> TestRun:
        """The outcome of a test run, from the log or from the sandbox."""
        if key not in self._tests:
            outcome = run()
            self._log.append("tested", key=key, run=outcome.model_dump(mode="json"), at_seconds=self.limits.seconds)
            self._tests[key] = outcome
        return self._tests[key]

    def tested(self, key: str) -> bool:
        """Whether the log has this test run already."""
        return key in self._tests

    def outcome(self, key: str) -> TestRun | None:
        """A test run that the log has; None where it has not."""
        return self._tests.get(key)

    def fit(self, key: str, look: Callable[[], Fit]) -> Fit:
        """What was found of a patch's fit, from the log or by looking."""
        if key not in self._fits:
            found = look()
            self._log.append("fit", key=key, fit=found.model_dump(mode="json"), at_seconds=self.limits.seconds)
            self._fits[key] = found
        return self._fits[key]

    def asked(self, key: str) -> bool:
        """Whether the log has the replies to this call already."""
        return key in self._replies

    def action(self, key: str) -> Mapping[str, Any] | None:
        """What an earlier sitting did under this key, and what came of it; None where none did."""
        return self._actions.get(key)

    def act(self, key: str, **data: Any) -> None:
        """Write what was done under a key, and what came of it."""
        self._log.append("acted", key=key, **data, at_seconds=self.limits.seconds)

    def note(self, event: str, **data: Any) -> None:
        """Write an event that is neither a call nor a test."""
        self._log.append(event, **data)

    def attempt(self, attempt: Attempt) -> None:
        """Write an attempt, unless an earlier sitting has."""
        self.last_attempt = attempt.number
        if _mark(attempt) not in self._attempts:
            self._log.append("attempt", attempt=attempt.model_dump(mode="json"))


def key_of(*parts: Any) -> str:
    """A short stable key of JSON-like parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _mark(attempt: Attempt) -> str:
    """What tells an attempt from others: a run that was stopped and goes on may give a number again."""
    return key_of(attempt.candidate, attempt.number, attempt.origin, attempt.action, attempt.after)


def _total(replies: Sequence[Reply]) -> Usage:
    """One request's usage: its replies share one prompt, which the first of them carries."""
    total = Usage()
    for reply in replies:
        total = total + reply.usage
    return total.model_copy(update={"calls": 1})
