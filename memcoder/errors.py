"""What can go wrong, sorted by what the user can do about it.

Each class carries the exit code of the command line (docs/design.md, "One shape of output"),
a message that names the thing, and a hint that says what to do.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Part = Literal["", "engine", "model", "disk", "environment"]
"""What failed, where that is one of the parts that many runs share: who runs a batch must know it."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
SQLITE_FULL = 13


class MemcoderError(Exception):
    """Base of all errors that memcoder raises on purpose."""

    exit_code = 5

    def __init__(self, message: str, hint: str = "", part: Part = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.part = part


class UsageError(MemcoderError):
    """Wrong use or configuration, or refused: exit 2."""

    exit_code = 2


class MissingError(MemcoderError):
    """Something that is needed is not there; the hint says how to get it: exit 3."""

    exit_code = 3


class LimitError(MemcoderError):
    """A limit of steps, time, tokens or cost was reached: exit 4."""

    exit_code = 4


class BudgetError(LimitError):
    """What several runs share is spent: the run is kept, and goes on when there is more."""


class FaultError(MemcoderError):
    """The engine, model, API or disk failed: exit 5."""

    exit_code = 5


def disk_fault(error: BaseException) -> FaultError | None:
    """The fault where an error, of the system or of SQLite, says that a disk is full; None for any other error."""
    full = isinstance(error, OSError) and error.errno in FULL
    if not full and getattr(error, "sqlite_errorcode", None) != SQLITE_FULL:
        return None
    where = getattr(error, "filename", None)
    return FaultError(
        f"the disk is full{f': {where}' if where else ''}",
        "free some of it (where memcoder keeps its records, or of the temporary folder), then repeat the command",
        "disk",
    )


@contextmanager
def disk_faults() -> Iterator[None]:
    """What says that a disk is full becomes a FaultError."""
    try:
        yield
    except Exception as error:
        if fault := disk_fault(error):
            raise fault from error
        raise
