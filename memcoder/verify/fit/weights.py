"""What findings weigh where nothing was counted, and how many things are listed in a line."""

from collections.abc import Sequence

SHOWN = 3


def several(number: int) -> float:
    """The first of a kind weighs a half, the next a quarter, and so on: many never weigh more than 1."""
    return round(1 - 0.5**number, 4)


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
