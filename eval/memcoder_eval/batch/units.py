"""A unit of a batch, and what does the work."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from memcoder import UsageError

KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
"""A unit's key is also the name of its log."""
Work = Callable[["Unit"], dict[str, Any]]
"""Does one unit and returns its row; doing a unit again does no harm. Other machines get it pickled."""


@dataclass(frozen=True)
class Unit:
    """One arm on one instance with one seed."""

    key: str
    """Unique in its batch, and the same in every sitting."""
    arm: str
    instance: str
    seed: int

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise UsageError(f"{self.key!r} cannot be the key of a unit", "letters, digits, '.', '_' and '-' can")

    @classmethod
    def of(cls, arm: str, instance: str, seed: int) -> "Unit":
        """The unit under the key that arm, instance and seed make."""
        return cls(f"{arm}.{instance}.{seed}", arm, instance, seed)

    @property
    def head(self) -> dict[str, Any]:
        """What every row of the unit begins with."""
        return {"key": self.key, "arm": self.arm, "instance": self.instance, "seed": self.seed}
