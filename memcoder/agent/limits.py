"""Limits of one run: model calls, wall time, tokens, cost; counted over all its sittings."""

import time
from dataclasses import dataclass, field

from memcoder.agent.budget import SharedBudget
from memcoder.config import Settings
from memcoder.errors import LimitError
from memcoder.records import Usage


@dataclass
class Limits:
    """What may still be spent."""

    max_steps: int
    max_time: float
    max_cost: float
    max_tokens: int | None = None
    shared: SharedBudget | None = None
    """What this run and others may spend together."""
    spent: Usage = field(default_factory=Usage)
    seconds_before: float = 0.0
    """Wall time of earlier sittings of a resumed run."""
    _started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, settings: Settings, shared: SharedBudget | None = None) -> "Limits":
        return cls(settings.max_steps, settings.max_time, settings.max_cost, settings.max_tokens, shared)

    @property
    def seconds(self) -> float:
        """Wall time so far."""
        return self.seconds_before + time.monotonic() - self._started

    @property
    def seconds_left(self) -> float:
        return self.max_time - self.seconds

    def check(self) -> None:
        """Raise LimitError, which names the limit, once one is reached."""
        self.check_time()
        if self.spent.calls >= self.max_steps:
            raise LimitError(f"the limit of {self.max_steps} model calls was reached", "raise --max-steps")
        if self.spent.cost > self.max_cost:
            raise LimitError(f"the cost limit of ${self.max_cost:.2f} was reached", "raise --max-cost")
        if self.max_tokens is not None and self.spent.tokens >= self.max_tokens:
            raise LimitError(f"the limit of {self.max_tokens} tokens was reached", "raise --max-tokens")
        if self.shared is not None:
            self.shared.check()

    def check_time(self) -> None:
        """Raise LimitError once the wall time is used up; running tests costs no more than time."""
        if self.seconds_left <= 0:
            raise LimitError(f"the time limit of {self.max_time:.0f} s was reached", "raise --max-time")

    def excuse(self, seconds: float) -> None:
        """Leave time out of account: a person thought about something, or was away."""
        self._started += seconds

    def remember(self, usage: Usage) -> None:
        """Count a call of an earlier sitting, which was charged then."""
        self.spent = self.spent + usage

    def charge(self, usage: Usage) -> None:
        """Count a call that was just made, also where runs share a budget."""
        self.remember(usage)
        if self.shared is not None:
            self.shared.charge(usage)
