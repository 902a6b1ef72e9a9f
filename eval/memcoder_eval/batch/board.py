"""How a batch stands, arm by arm: a table that a terminal keeps up to date, or a line a unit."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memcoder_eval.batch.faults import category
from memcoder_eval.batch.units import Unit
from memcoder_eval.stores import Report

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

HEADS = ("arm", "done", "solved", "failed", "unsupported", "faults", "tokens", "cost", "left")


@dataclass
class Tally:
    """One arm's counts. `failed` are units that their agent ended without solving them."""

    total: int = 0
    solved: int = 0
    failed: int = 0
    unsupported: int = 0
    faults: int = 0
    tokens: int = 0
    cost: float = 0.0

    @property
    def ended(self) -> int:
        return self.solved + self.failed + self.unsupported

    def take(self, row: dict[str, Any]) -> None:
        """Count a row."""
        kind = category(row)
        if row["state"] == "fault":
            self.faults += 1
        elif kind in ("resolved", "unsupported"):
            self.solved += kind == "resolved"
            self.unsupported += kind == "unsupported"
        else:
            self.failed += 1
        self.tokens += int(row.get("tokens") or 0)
        self.cost += float(row.get("cost") or 0.0)


class Board:
    """Counts rows as they come and shows them."""

    def __init__(self, units: Sequence[Unit], before: Iterable[dict[str, Any]], report: Report, *, live: bool) -> None:
        """`before` are rows of earlier sittings; what a fault ended there is done again, and not counted."""
        self.arms: dict[str, Tally] = {}
        for unit in units:
            self.arms.setdefault(unit.arm, Tally()).total += 1
        for row in before:
            if row["state"] == "ended":
                self.arms[row["arm"]].take(row)
        self._report, self._live = report, live
        self._left = sum(tally.total - tally.ended for tally in self.arms.values())
        self._begun, self._taken = time.monotonic(), 0
        self._shown: Live | None = None

    def take(self, row: dict[str, Any]) -> None:
        """Count a row, and show how things stand."""
        tally = self.arms[row["arm"]]
        tally.take(row)
        self._taken += 1
        if self._shown:
            self._shown.update(self.table())
            return
        why = f" ({row['error']})" if row["state"] == "fault" else ""
        solved = f"{tally.solved} solved of " if "resolved" in row else ""
        self._report(
            f"{row['arm']} {row['instance']}: {category(row)}{why}; {solved}{tally.ended} ended, {tally.total} in all; "
            f"about {duration(self.seconds_left)} left"
        )

    @property
    def seconds_left(self) -> float:
        """At the pace of this sitting so far."""
        pace = (time.monotonic() - self._begun) / max(self._taken, 1)
        return pace * max(self._left - self._taken, 0)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """The table stands on the terminal during the block, where it is wanted."""
        if not self._live:
            yield
            return
        from rich.console import Console
        from rich.live import Live

        with Live(self.table(), console=Console(stderr=True), auto_refresh=False) as self._shown:
            yield
        self._shown = None

    def table(self) -> "Table":
        """A line an arm."""
        from rich.table import Table

        table = Table()
        for head in HEADS:
            table.add_column(head, no_wrap=True)
        for name, tally in self.arms.items():
            counts = (tally.solved, tally.failed, tally.unsupported, tally.faults)
            done = f"{tally.ended}/{tally.total}"
            paid = (f"{tally.tokens:,}", f"${tally.cost:.2f}")
            table.add_row(name, done, *map(str, counts), *paid, duration(self.seconds_left))
        return table


def duration(seconds: float) -> str:
    """In the two largest units."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
