"""What can go wrong, sorted by what the user can do about it.

Each class carries the exit code of the command line (docs/design.md, "One shape of output"),
a message that names the thing, and a hint that says what to do.
"""


class MemcoderError(Exception):
    """Base of all errors that memcoder raises on purpose."""

    exit_code = 5

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


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
