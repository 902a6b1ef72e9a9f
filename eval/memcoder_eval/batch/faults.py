"""What ended a unit: the agent itself, or a fault, and of which kind."""

from dataclasses import dataclass
from typing import Any

from memcoder import BudgetError, FaultError, LimitError, MemcoderError, MissingError, disk_fault

SHARED = frozenset({"engine", "model", "disk"})
"""Parts that all units need: where one of them fails, the next unit would fail too."""


@dataclass(frozen=True)
class Fault:
    """What ended a unit that its agent did not end."""

    category: str
    """`engine`, `model`, `disk`, `environment`, `missing`, `budget`, `fault` (any other that has a name), `crash`."""
    message: str
    hint: str = ""

    @property
    def shared(self) -> bool:
        """Whether it will end every other unit as well."""
        return self.category in SHARED

    @property
    def row(self) -> dict[str, Any]:
        """The end of the unit's row."""
        return {"state": "fault", "category": self.category, "error": self.message, "hint": self.hint}


def fault_of(error: BaseException) -> Fault:
    """What an error says of the unit that it ended."""
    known = disk_fault(error) or error
    if not isinstance(known, MemcoderError):
        return Fault("crash", f"{type(known).__name__}: {str(known)[:500]}", "its log has the traceback")
    if isinstance(known, BudgetError):
        return Fault("budget", known.message, known.hint)
    return Fault(known.part or ("missing" if isinstance(known, MissingError) else "fault"), known.message, known.hint)


def ended_row(outcome: dict[str, Any] | BaseException) -> dict[str, Any]:
    """The end of a unit's row: what the work returned, or what stopped it.

    A limit of its own is the agent's end. The work may return `state` `fault` itself, with a `category`.
    """
    if isinstance(outcome, LimitError) and not isinstance(outcome, BudgetError):
        return {"state": "ended", "category": "limit", "error": outcome.message}
    if isinstance(outcome, BaseException):
        return fault_of(outcome).row
    return {"state": "ended", **outcome}


def category(row: dict[str, Any]) -> str:
    """One word for how a unit went, for tables."""
    if named := row.get("category"):
        return str(named)
    if row.get("unsupported"):
        return "unsupported"
    if row.get("resolved"):
        return "resolved"
    if not row.get("patch", True):
        return "no patch"
    if "patch" not in row and "resolved" not in row:
        return "done"
    return "unresolved" if row.get("applied", True) else "not applied"


def halt(fault: Fault, done: int, total: int) -> MemcoderError:
    """What a batch ends with once a fault will end all units that are left: exit 4 for the budget, else 5."""
    words = f"the batch stops at {done} of {total} units: {fault.message}"
    hint = f"{fault.hint}; then repeat the command: what is done stays" if fault.hint else "repeat the command"
    return BudgetError(words, hint) if fault.category == "budget" else FaultError(words, hint)
