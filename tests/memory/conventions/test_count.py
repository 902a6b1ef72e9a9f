import pytest

from memcoder.memory.conventions.count import HALF_LIFE, Observations, convention, sure_enough, wilson
from memcoder.memory.conventions.landed import Landed
from memcoder.memory.conventions.rules import Facts, Rule
from memcoder.memory.conventions.sizes import quantile, spread


def observed(*held: bool, area: str = "") -> Observations:
    """Changes, oldest first; those that hold are told by their title."""
    changes = [Landed(str(at), at, "yes" if yes else "no", "fix", (), ()) for at, yes in enumerate(held)]
    return Observations([Facts(change, frozenset({"", area})) for change in changes])


RULE = Rule("tests", "", "fix", lambda facts: facts.landed.title == "yes")


def test_counts_first_last_and_examples() -> None:
    found = observed(False, True, True, False, True, True).tally(RULE)
    assert (found.count, found.total, found.first, found.last) == (4, 6, 1, 5)
    assert found.examples == ("5", "4", "2")


def test_recent_practice_counts_more() -> None:
    given_up = observed(*[True] * 300, *[False] * 300).tally(RULE)
    taken_up = observed(*[False] * 300, *[True] * 300).tally(RULE)
    assert given_up.count == taken_up.count == 300
    assert given_up.rate < 0.3
    assert taken_up.rate > 0.7
    assert convention(RULE, given_up).weight < convention(RULE, taken_up).weight


def test_a_change_counts_half_after_a_half_life() -> None:
    found = observed(True, *[False] * HALF_LIFE).tally(RULE)
    assert found.faded_count == pytest.approx(0.5)


def test_little_support_is_not_stated_and_old_support_fades_away() -> None:
    assert not sure_enough(observed(*[True] * 19).tally(RULE))
    assert sure_enough(observed(*[True] * 20).tally(RULE))
    elsewhere = [Facts(Landed(str(at), at, "yes", "other", (), ()), frozenset({"b"})) for at in range(2000)]
    here = [Facts(Landed(str(at), at, "yes", "fix", (), ()), frozenset({"a"})) for at in range(40)]
    rule = Rule("tests", "a", "fix", lambda facts: True)
    assert sure_enough(Observations([*elsewhere, *here]).tally(rule))
    assert not sure_enough(Observations([*here, *elsewhere]).tally(rule))


def test_wilson_s_interval() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) == (0.0, 1.0)


def test_quantiles_of_weighed_values() -> None:
    values = [(1, 1.0), (5, 1.0), (9, 1.0), (100, 1.0)]
    assert [quantile(values, share) for share in (0.25, 0.5, 0.75, 0.9)] == [1, 5, 9, 100]
    assert quantile([(1, 10.0), (100, 0.1)], 0.9) == 1
    assert spread(values) == "5 (1–9)"
