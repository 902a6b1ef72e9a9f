"""A batch from its units to their rows.

Each unit has at most one row that counts. What the agent itself ended, with a patch or without, is never done again;
what a fault ended is, whatever it left. A fault that would end every other unit too stops the batch: what is in
flight comes to its end, nothing new is begun, and repeating the command goes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from memcoder import BudgetError, SharedBudget, disk_faults
from memcoder_eval.batch.board import Board
from memcoder_eval.batch.executor import Executor
from memcoder_eval.batch.faults import Fault, ended_row, fault_of, halt
from memcoder_eval.batch.logs import Logged
from memcoder_eval.batch.units import Unit, Work
from memcoder_eval.results import Results
from memcoder_eval.stores import Report

Row = dict[str, Any]


def run_units(
    units: Sequence[Unit],
    work: Work,
    results: Results,
    executor: Executor,
    report: Report,
    *,
    budget: SharedBudget | None = None,
    live: bool = False,
) -> list[Row]:
    """Do the units that have not ended yet; the rows of all, in the units' order.

    `budget` is what the whole batch may spend; whoever does the work charges it. `live` shows a table on the terminal
    instead of a line a unit. Raises BudgetError once the budget is spent, and FaultError once the engine, the model or
    the disk failed; what was done is kept.
    """
    before = latest(results.rows())
    todo = _todo(units, before)
    board = Board(units, [before[unit.key] for unit in units if unit.key in before], report, live=live)
    batch = _Batch(results, budget)
    report(f"{len(todo)} to do, {len(units) - len(todo)} done")
    with board.shown(), disk_faults():
        for unit, outcome in executor.run(Logged(work, results.folder), batch.given(todo)):
            board.take(batch.take(unit, outcome))
    rows = latest(results.rows())
    if batch.fault:
        done = sum(rows[unit.key]["state"] == "ended" for unit in units if unit.key in rows)
        raise halt(batch.fault, done, len(units))
    return [rows[unit.key] for unit in units]


def latest(rows: Iterable[Row]) -> dict[str, Row]:
    """The row that counts of each unit: the one that its agent ended, else the last."""
    found: dict[str, Row] = {}
    for row in rows:
        if found.get(row["key"], {}).get("state") != "ended":
            found[row["key"]] = row
    return found


def _todo(units: Sequence[Unit], before: dict[str, Row]) -> list[Unit]:
    """What has not ended; what a fault ended comes last, so that one unit that always fails cannot hold up the rest."""
    left = [unit for unit in units if before.get(unit.key, {}).get("state") != "ended"]
    return sorted(left, key=lambda unit: unit.key in before)


class _Batch:
    """Hands out units until a fault stops that, and keeps what became of them."""

    def __init__(self, results: Results, budget: SharedBudget | None) -> None:
        self.fault: Fault | None = None
        self._results, self._budget = results, budget

    def given(self, todo: Iterable[Unit]) -> Iterator[Unit]:
        """One unit after the other, while nothing stops the batch."""
        for unit in todo:
            self._check()
            if self.fault:
                return
            yield unit

    def take(self, unit: Unit, outcome: Row | BaseException) -> Row:
        """Keep a unit's row. One that the budget stopped is not one: it was not begun, or goes on as it is."""
        row = unit.head | ended_row(outcome)
        fault = Fault(row["category"], row["error"], row.get("hint", "")) if row["state"] == "fault" else None
        if fault and (fault.shared or fault.category == "budget"):
            self.fault = self.fault or fault
        if not fault or fault.category != "budget":
            self._results.add(row)
        return row

    def _check(self) -> None:
        try:
            if self._budget:
                self._budget.check()
        except BudgetError as error:
            self.fault = self.fault or fault_of(error)
