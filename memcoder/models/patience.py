"""Trying again: exponential backoff with jitter, as long as the provider asks, within the time that there is.

Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015): clients that fail together must not come back
together.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from memcoder.errors import FaultError, LimitError, MemcoderError
from memcoder.models.base import Say
from memcoder.models.faults import asked_wait, is_passing

TRIES = 6
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
"""Of a wait that the provider did not ask for."""

T = TypeVar("T")


@dataclass(frozen=True)
class Deadline:
    """When the answer must be there."""

    seconds: float
    """From the start until then."""
    at: float
    """By the monotonic clock."""

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(seconds, time.monotonic() + seconds)

    @property
    def left(self) -> float:
        return self.at - time.monotonic()


def patiently(
    call: Callable[[float], T],
    deadline: Deadline,
    *,
    name: str,
    explain: Callable[[Exception], MemcoderError],
    say: Say,
) -> T:
    """What `call`, given the seconds that are left, returns; tried again where that can help, and said so.

    Raises LimitError past the deadline, FaultError where the provider asks for more time than there is, and what
    `explain` makes of an error that no further try mends.
    """
    for number in range(1, TRIES + 1):
        if deadline.left <= 0:
            raise _late(name, deadline)
        try:
            return call(deadline.left)
        except MemcoderError:
            raise
        except Exception as error:
            if deadline.left <= 0:
                raise _late(name, deadline) from error
            if number == TRIES or not is_passing(error):
                raise explain(error) from error
            _wait(error, number, deadline, name, explain, say)
    raise AssertionError("not reached")


def _wait(
    error: Exception,
    number: int,
    deadline: Deadline,
    name: str,
    explain: Callable[[Exception], MemcoderError],
    say: Say,
) -> None:
    asked = asked_wait(error)
    wait = _backoff(number) if asked is None else asked * random.uniform(1.0, 1.1)  # noqa: S311 - no secret
    if wait >= deadline.left:
        if asked is None:
            raise _late(name, deadline) from error
        raise FaultError(
            f"{explain(error).message}; it asks to wait {asked:.0f} s, and {deadline.left:.0f} s are left",
            "repeat the command then: the run is kept and goes on",
            "model",
        ) from error
    say(f"{explain(error).message}; try {number + 1} of {TRIES} in {wait:.1f} s")
    time.sleep(wait)


def _backoff(number: int) -> float:
    """Seconds after the try of this number: twice as long each time, somewhere between half of that and all."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** (number - 1)) * random.uniform(0.5, 1.0))  # noqa: S311


def _late(name: str, deadline: Deadline) -> LimitError:
    return LimitError(f"{name} did not answer within {deadline.seconds:.0f} s", "raise --max-time")
