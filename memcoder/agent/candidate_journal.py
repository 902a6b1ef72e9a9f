"""The part of a run's journal that is one candidate's: calls and actions under its own keys, limits shared."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memcoder.agent.journal import Journal
from memcoder.models.base import Reply
from memcoder.records import Attempt, ChecklistItem, Fit, Recall, TestRun
from memcoder.verify.spectrum import Spectrum


class CandidateJournal(Journal):
    """Writes to the whole run's journal. What tests and fit say of the same files is every candidate's."""

    def __init__(self, whole: Journal, number: int) -> None:
        """`number` counts from 1."""
        self._whole, self._number = whole, number
        self.limits = whole.limits
        self.report = lambda line: whole.report(f"candidate {number}: {line}")
        self.judged = self.finished = False
        self.last_attempt = 0
        self.candidates = {}

    @property
    def recalled(self) -> Recall | None:  # type: ignore[override]
        return self._whole.recalled

    @property
    def spectrum(self) -> Spectrum | None:  # type: ignore[override]
        return self._whole.spectrum

    @property
    def checklist(self) -> tuple[ChecklistItem, ...] | None:
        """Everybody's: it is of the issue, not of a candidate's change."""
        return self._whole.checklist

    @checklist.setter
    def checklist(self, items: tuple[ChecklistItem, ...] | None) -> None:
        self._whole.checklist = items

    def ask(self, key: str, prompt: Any, call: Callable[[], Sequence[Reply]]) -> list[Reply]:
        return self._whole.ask(self._own(key), prompt, call)

    def asked(self, key: str) -> bool:
        return self._whole.asked(self._own(key))

    def action(self, key: str) -> Mapping[str, Any] | None:
        return self._whole.action(self._own(key))

    def act(self, key: str, **data: Any) -> None:
        self._whole.act(self._own(key), **data)

    def test(self, key: str, run: Callable[[], TestRun]) -> TestRun:
        return self._whole.test(key, run)

    def tested(self, key: str) -> bool:
        return self._whole.tested(key)

    def fit(self, key: str, look: Callable[[], Fit]) -> Fit:
        return self._whole.fit(key, look)

    def note(self, event: str, **data: Any) -> None:
        self._whole.note(event, **data, candidate=self._number)
        if event == "spectrum":  # of the base commit, so it is everybody's
            self._whole.spectrum = Spectrum.model_validate(data["spectrum"])

    def attempt(self, attempt: Attempt) -> None:
        self._whole.attempt(attempt.model_copy(update={"candidate": self._number}))
        self.last_attempt = attempt.number

    def _own(self, key: str) -> str:
        return f"candidate {self._number}: {key}"
