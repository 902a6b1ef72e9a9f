"""Limits of one run: model calls, wall time, cost; counted over all its sittings."""

import time
from dataclasses import dataclass, field

from memcoder.config import Settings
from memcoder.errors import LimitError
from memcoder.records import Usage


@dataclass
class Limits:
    """What may still be spent."""

    max_steps: int
    max_time: float
    max_cost: float
    spent: Usage = field(default_factory=Usage)
    seconds_before: float = 0.0
    """Wall time of earlier sittings of a resumed run."""
    _started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(settings.max_steps, settings.max_time, settings.max_cost)

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

    def check_time(self) -> None:
        """Raise LimitError once the wall time is used up; running tests costs no more than time."""
        if self.seconds_left <= 0:
            raise LimitError(f"the time limit of {self.max_time:.0f} s was reached", "raise --max-time")

    def charge(self, usage: Usage) -> None:
        self.spent = self.spent + usage
