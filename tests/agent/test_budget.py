"""A budget that runs share: by threads, by processes, and over sittings."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from memcoder.agent.budget import SharedBudget
from memcoder.agent.limits import Limits
from memcoder.config import Settings
from memcoder.errors import BudgetError, FaultError, LimitError
from memcoder.records import Usage

CALL = Usage(calls=1, tokens_in=90, tokens_out=10, cost=0.5)


@pytest.fixture(params=[False, True], ids=["object", "file"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "new" / "spent.json" if request.param else None


def test_the_next_call_is_refused_once_it_is_spent(file: Path | None) -> None:
    budget = SharedBudget(file, max_cost=1.0)
    runs = [Limits.of(Settings(max_cost=9.0), budget) for _ in range(2)]
    for run in runs:
        run.check()
        run.charge(CALL)
    runs[0].check()
    runs[0].charge(CALL)
    for run in runs:
        with pytest.raises(BudgetError, match=r"\$1.00"):
            run.check()
    assert budget.spent.calls == 3


def test_tokens_are_a_limit_where_prices_are_not_known(file: Path | None) -> None:
    budget = SharedBudget(file, max_tokens=200)
    unknown = CALL.model_copy(update={"cost": 0.0, "cost_known": False})
    budget.charge(unknown)
    budget.check()
    budget.charge(unknown)
    with pytest.raises(BudgetError, match="200 tokens"):
        budget.check()


def test_what_costs_nothing_is_never_refused_for_its_cost(file: Path | None) -> None:
    budget = SharedBudget(file, max_cost=0.0)
    budget.charge(Usage(calls=1, tokens_in=5))
    budget.check()


def test_a_resumed_run_charges_nothing_twice(file: Path | None) -> None:
    budget = SharedBudget(file)
    again = Limits.of(Settings(), budget)
    again.remember(CALL)
    assert (again.spent.calls, budget.spent.calls) == (1, 0)


def test_threads_lose_no_charge(file: Path | None) -> None:
    budget = SharedBudget(file)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(budget.charge, [CALL] * 40))
    assert budget.spent.calls == 40


def test_processes_and_later_sittings_share_a_file(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from memcoder.agent.budget import SharedBudget\n"
        "from memcoder.records import Usage\n"
        "for _ in range(20): SharedBudget(Path(sys.argv[1])).charge(Usage(calls=1, cost=0.01))"
    )
    file = tmp_path / "spent.json"
    started = [subprocess.Popen([sys.executable, "-c", script, str(file)]) for _ in range(2)]
    assert [process.wait() for process in started] == [0, 0]
    later = SharedBudget(file, max_cost=0.3)
    assert later.spent.calls == 40
    with pytest.raises(BudgetError):
        later.check()


def test_a_damaged_file_is_no_free_budget(tmp_path: Path) -> None:
    file = tmp_path / "spent.json"
    file.write_text("{")
    with pytest.raises(FaultError, match=r"spent.json"):
        SharedBudget(file, max_cost=1.0).check()


def test_the_tokens_of_one_run_are_a_limit_too() -> None:
    run = Limits.of(Settings(max_tokens=150))
    run.charge(CALL)
    run.check()
    run.charge(CALL)
    with pytest.raises(LimitError, match="150 tokens") as caught:
        run.check()
    assert not isinstance(caught.value, BudgetError)
