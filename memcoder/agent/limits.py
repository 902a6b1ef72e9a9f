"""Limits of one run: model calls, wall time, tokens, cost; counted over all its sittings."""

import math
import threading
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
    portion: float = 1.0
    """Of the limits, what may be used by now: several candidates that share them come one after the other."""
    stopped: bool = False
    """Set where the run ends while others of its threads are at work."""
    _started: float = field(default_factory=time.monotonic)
    _charging: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, settings: Settings, shared: SharedBudget | None = None) -> "Limits":
        return cls(settings.max_steps, settings.max_time, settings.max_cost, settings.max_tokens, shared)

    @property
    def seconds(self) -> float:
        """Wall time so far."""
        return self.seconds_before + time.monotonic() - self._started

    @property
    def seconds_left(self) -> float:
        return self.max_time * self.portion - self.seconds

    @property
    def timeout(self) -> float:
        """Seconds that the next call or command may take: what is left, 1 at least."""
        return max(1.0, self.seconds_left)

    def check(self) -> None:
        """Raise LimitError, which names the limit, once one is reached."""
        self.check_time()
        steps, cost = math.ceil(self.max_steps * self.portion), self.max_cost * self.portion
        if self.spent.calls >= steps:
            raise LimitError(f"the limit of {steps} model calls was reached", "raise --max-steps")
        if self.spent.cost > cost:
            raise LimitError(f"the cost limit of ${cost:.2f} was reached", "raise --max-cost")
        if self.max_tokens is not None and self.spent.tokens >= self.max_tokens * self.portion:
            tokens = int(self.max_tokens * self.portion)
            raise LimitError(f"the limit of {tokens} tokens was reached", "raise --max-tokens")
        if self.shared is not None:
            self.shared.check()

    def check_time(self) -> None:
        """Raise LimitError once the wall time is used up; running tests costs no more than time."""
        if self.stopped:
            raise LimitError("the run was stopped", "the same command continues it")
        if self.seconds_left <= 0:
            seconds = self.max_time * self.portion
            raise LimitError(f"the time limit of {seconds:.0f} s was reached", "raise --max-time")

    def excuse(self, seconds: float) -> None:
        """Leave time out of account: a person thought about something, or was away."""
        self._started += seconds

    def remember(self, usage: Usage) -> None:
        """Count a call of an earlier sitting, which was charged then."""
        with self._charging:
            self.spent = self.spent + usage

    def charge(self, usage: Usage) -> None:
        """Count a call that was just made, also where runs share a budget."""
        self.remember(usage)
        if self.shared is not None:
            self.shared.charge(usage)
