"""What a run's log tells of it so far: what was paid for, what was found out, and how far the run has come.

Events are taken in here as they are written, by the same lines that read them when a run goes on. So a later sitting
knows neither more nor less than the one that wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memcoder.agent.keys import mark_of
from memcoder.models.base import Reply
from memcoder.records import Attempt, ChecklistItem, Fit, Recall, TestRun
from memcoder.verify.plan import TestPlan
from memcoder.verify.spectrum import Spectrum

Event = Mapping[str, Any]


@dataclass
class Past:
    """Everything by the keys under which it was written."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    tests: dict[str, TestRun] = field(default_factory=dict)
    fits: dict[str, Fit] = field(default_factory=dict)
    actions: dict[str, Event] = field(default_factory=dict)
    """Calls of tools, and what came of them."""
    attempts: set[str] = field(default_factory=set)
    """Marks of the attempts that were written."""
    candidates: dict[int, Event] = field(default_factory=dict)
    """Number → patch and verdict of each candidate that came to its verdict."""
    recalled: Recall | None = None
    checklist: tuple[ChecklistItem, ...] | None = None
    """None until it was written, or found to be none."""
    spectrum: Spectrum | None = None
    chosen: TestPlan | None = None
    """The project's own tests that decide."""
    strategy: str = ""
    """By which the run is solved."""
    judged: bool = False
    """Whether it came to a verdict."""
    finished: bool = False
    """Whether it came to its end, and only the outcome may not be handed over."""
    stopped: bool = False
    """Whether that end was a limit."""

    def take(self, event: Event) -> None:
        """Take in one event; kinds that say nothing of this are passed over."""
        self._remember(event)
        self._know(event)
        self._follow(event)

    def _remember(self, event: Event) -> None:
        """What was paid for: it is not paid twice."""
        match event["event"]:
            case "call":
                self.replies[event["key"]] = [Reply.model_validate(reply) for reply in event["replies"]]
            case "tested":
                self.tests[event["key"]] = TestRun.model_validate(event["run"])
            case "fit":
                self.fits[event["key"]] = Fit.model_validate(event["fit"])
            case "acted":
                self.actions[event["key"]] = event
            case "attempt":
                self.attempts.add(mark_of(Attempt.model_validate(event["attempt"])))
            case "candidate":
                self.candidates[event["number"]] = event

    def _know(self, event: Event) -> None:
        """What was found out once for the whole run, which never changes its mind about it."""
        match event["event"]:
            case "recalled":
                self.recalled = Recall.model_validate(event["recall"])
            case "checklist":
                self.checklist = tuple(ChecklistItem.model_validate(item) for item in event["items"])
            case "spectrum":
                self.spectrum = Spectrum.model_validate(event["spectrum"])
            case "chosen":
                self.chosen = TestPlan.model_validate(event["plan"])

    def _follow(self, event: Event) -> None:
        """How far the run has come."""
        match event["event"]:
            case "started":
                self.strategy = event["strategy"]
            case "verdict":
                self.judged = True
            case "finished":
                self.finished, self.stopped = True, event["state"] == "stopped"
            case "reopened":
                self.judged = self.finished = self.stopped = False
