import pytest

from memcoder.agent.limits import Limits
from memcoder.errors import LimitError
from memcoder.records import Usage


def limits(**changes: float) -> Limits:
    return Limits(**{"max_steps": 3, "max_time": 100.0, "max_cost": 1.0, **changes})  # type: ignore[arg-type]


def test_nothing_is_raised_below_every_limit() -> None:
    limits().check()


def test_calls_of_all_sittings_count() -> None:
    spent = limits()
    for _ in range(3):
        spent.charge(Usage(calls=1))
    with pytest.raises(LimitError, match="3 model calls"):
        spent.check()


def test_cost_is_named_with_its_limit() -> None:
    spent = limits()
    spent.charge(Usage(cost=1.01))
    with pytest.raises(LimitError, match=r"\$1.00"):
        spent.check()


def test_the_time_of_earlier_sittings_counts() -> None:
    with pytest.raises(LimitError, match="100 s"):
        limits(seconds_before=100.0).check_time()
