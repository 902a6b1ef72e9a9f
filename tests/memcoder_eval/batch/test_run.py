"""Batches on threads: what is kept, what is done again, and when a batch stops."""

import threading
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.batch.executor import Threads
from memcoder_eval.batch.faults import category
from memcoder_eval.batch.run import run_units
from memcoder_eval.batch.units import Unit
from memcoder_eval.results import Results

from memcoder import BudgetError, FaultError, LimitError, MissingError, SharedBudget, Usage, UsageError
from tests.memcoder_eval.batch.work import row_of, units


class Errors:
    """Raises the errors planned for a unit, one a time it is done, then does it."""

    def __init__(self, **planned: list[BaseException]) -> None:
        self.planned = planned
        self.done: list[str] = []
        self.lock = threading.Lock()

    def __call__(self, unit: Unit) -> dict[str, Any]:
        with self.lock:
            self.done.append(unit.instance)
            errors = self.planned.get(unit.instance)
            if errors:
                raise errors.pop(0)
        return row_of(unit)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path / "out", {"seed": 0})


def run(work: Errors, results: Results, count: int = 6, workers: int = 1, **more: Any) -> list[dict[str, Any]]:
    said: list[str] = []
    return run_units(units(count), work, results, Threads(workers), said.append, **more)


def test_rows_come_in_the_order_of_the_units_whatever_ends_first(results: Results) -> None:
    rows = run(Errors(), results, 12, workers=4)
    assert [row["key"] for row in rows] == [unit.key for unit in units(12)]
    head = {"key": "none.shop__00.0", "arm": "none", "instance": "shop__00", "seed": 0, "state": "ended"}
    assert rows[0] == head | row_of(units(1)[0])


def test_what_ended_is_not_done_again_and_what_a_fault_ended_is(results: Results) -> None:
    planned: dict[str, list[BaseException]] = {
        "shop__01": [ValueError("a bug")],
        "shop__02": [MissingError("there is no recipe", "write one")],
        "shop__03": [LimitError("out of time")],
    }
    first = Errors(**planned)
    rows = run(first, results)
    told = [(row["state"], category(row)) for row in rows]
    assert told == [
        ("ended", "resolved"),
        ("fault", "crash"),
        ("fault", "missing"),
        ("ended", "limit"),
        ("ended", "unresolved"),
        ("ended", "no patch"),
    ]
    again = Errors()
    rows = run(again, results)
    assert again.done == ["shop__01", "shop__02"]
    assert [row["state"] for row in rows] == ["ended"] * 6
    assert rows[3]["category"] == "limit"


def test_a_fault_that_the_work_tells_of_is_done_again_whatever_it_left(results: Results) -> None:
    def faulted(unit: Unit) -> dict[str, Any]:
        return {"state": "fault", "category": "fault", "error": "the grader failed", "patch": "a prediction"}

    run_units(units(1), faulted, results, Threads(1), lambda line: None)
    again = Errors()
    (row,) = run(again, results, 1)
    assert (again.done, row["patch"]) == (["shop__00"], "patch of none.shop__00.0")


@pytest.mark.parametrize("part", ["engine", "model", "disk"])
def test_a_part_that_all_units_need_stops_the_batch(results: Results, part: Any) -> None:
    work = Errors(shop__02=[FaultError("it is gone", "start it", part)])
    with pytest.raises(FaultError, match="stops at 2 of 6 units: it is gone") as raised:
        run(work, results)
    assert work.done == ["shop__00", "shop__01", "shop__02"]
    assert raised.value.hint == "start it; then repeat the command: what is done stays"
    again = Errors()
    assert [row["state"] for row in run(again, results)] == ["ended"] * 6
    assert again.done == ["shop__03", "shop__04", "shop__05", "shop__02"], "what failed comes last"


def test_what_is_in_flight_when_the_batch_stops_comes_to_its_end(results: Results) -> None:
    begun, failed = threading.Event(), threading.Event()

    def work(unit: Unit) -> dict[str, Any]:
        if unit.instance == "shop__00":
            begun.set()
            failed.wait(30)
        if unit.instance == "shop__01":
            begun.wait(30)
            threading.Timer(0.1, failed.set).start()
            raise FaultError("it is gone", "", "engine")
        return row_of(unit)

    with pytest.raises(FaultError, match="1 of 6"):
        run_units(units(6), work, results, Threads(2), lambda line: None)
    states = {row["instance"]: row["state"] for row in results.rows()}
    assert states == {"shop__00": "ended", "shop__01": "fault"}


def test_the_rest_stays_to_do_when_the_budget_is_spent(results: Results, tmp_path: Path) -> None:
    spent = SharedBudget(tmp_path / "spent.json", max_tokens=10)

    def work(unit: Unit) -> dict[str, Any]:
        spent.check()
        spent.charge(Usage(tokens_in=4))
        return row_of(unit)

    with pytest.raises(BudgetError, match="stops at 3 of 6 units: the runs have spent their 10 tokens") as raised:
        run_units(units(6), work, results, Threads(1), lambda line: None, budget=spent)
    assert raised.value.exit_code == 4
    assert len(results.rows()) == 3
    more = SharedBudget(tmp_path / "spent.json", max_tokens=100)
    assert len(run(Errors(), results, budget=more)) == 6


def test_a_unit_that_the_budget_stopped_has_no_row(results: Results) -> None:
    with pytest.raises(BudgetError):
        run(Errors(shop__01=[BudgetError("spent")]), results)
    assert [row["instance"] for row in results.rows()] == ["shop__00"]


def test_control_c_keeps_what_is_done(results: Results) -> None:
    class Interrupted:
        workers = 1

        def run(self, work: Any, given: Any) -> Any:
            for number, unit in enumerate(given):
                if number == 2:
                    raise KeyboardInterrupt
                yield unit, work(unit)

    with pytest.raises(KeyboardInterrupt):
        run_units(units(6), Errors(), results, Interrupted(), lambda line: None)
    again = Errors()
    run(again, results)
    assert again.done == ["shop__02", "shop__03", "shop__04", "shop__05"]


def test_each_unit_has_a_log_with_its_error(results: Results) -> None:
    run(Errors(shop__01=[ValueError("a bug")]), results)
    log = (results.folder / "logs" / "structured.shop__01.0.log").read_text()
    assert "structured on shop__01, seed 0" in log
    assert "ValueError: a bug" in log
    assert "Traceback" in log
    assert "ended" in (results.folder / "logs" / "none.shop__00.0.log").read_text()


def test_a_key_is_no_path() -> None:
    with pytest.raises(UsageError):
        Unit.of("none", "../shop", 0)


def test_a_line_a_unit_says_how_things_stand(results: Results) -> None:
    said: list[str] = []
    run_units(units(4), Errors(shop__01=[FaultError("odd")]), results, Threads(1), said.append)
    assert said[0] == "4 to do, 0 done"
    assert "none shop__00: resolved; 1 solved of 1 ended, 2 in all; " in said[1]
    assert "structured shop__01: fault (odd); 0 ended, 2 in all; about " in said[2]
    other = Results(results.folder / "other", {})
    run_units(units(1), lambda unit: {"tasks": 3}, other, Threads(1), said.append)
    assert said[-1].startswith("none shop__00: done; 1 ended, 1 in all; about 0 s left"), "work that solves nothing"


def test_a_terminal_gets_a_table(
    results: Results, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    run_units(units(4), Errors(), results, Threads(1), lambda line: None, live=True)
    shown = capsys.readouterr().err
    assert "unsupported" in shown
    assert "structured" in shown
    assert "2/2" in shown
