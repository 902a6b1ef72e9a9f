"""Figures against published or hand-computed values."""

import pytest
from memcoder_eval.statistics import (
    compare,
    compared,
    detectable,
    each_resolved,
    mcnemar,
    mean_difference,
    negative_transfer,
    power,
)


def test_mcnemar_is_exact() -> None:
    assert mcnemar(10, 1) == pytest.approx(2 * 12 / 2048)
    assert mcnemar(1, 10) == mcnemar(10, 1)
    assert mcnemar(3, 3) == 1.0
    assert mcnemar(0, 0) == 1.0


def test_arms_are_compared_in_pairs() -> None:
    ours = [True] * 265 + [False] * 35
    theirs = [False] * 10 + [True] * 255 + [True] + [False] * 34
    found = compare(ours, theirs, seed=0)
    assert (found["won"], found["lost"], found["difference"], found["p"]) == (10, 1, 3.0, 0.0117)
    low, high = found["interval"]
    # The normal approximation: 3.0 ± 1.96 × 100 × sqrt(11 - 81 / 300) / 300.
    assert low == pytest.approx(3.0 - 2.14, abs=0.4)
    assert high == pytest.approx(3.0 + 2.14, abs=0.4)
    assert compare(ours, theirs, seed=0) == found
    assert compare([], [], seed=0)["interval"] == [0.0, 0.0]


def test_the_exact_power_of_few_pairs_is_what_paper_and_pencil_say() -> None:
    # Of six pairs that differ, all must go one way: ((1 + d) / 2)^6 + ((1 - d) / 2)^6.
    assert power(6, 1.0, 1.0) == pytest.approx(1.0)
    assert power(6, 1.0, 0.5) == pytest.approx(0.75**6 + 0.25**6)
    assert power(6, 0.5, 0.5) == pytest.approx(0.5**6)
    assert power(0, 0.0, 0.0) == 0.0


def test_what_so_many_pairs_could_have_shown() -> None:
    assert detectable(5, 1.0) is None
    assert detectable(6, 1.0) == pytest.approx(2 * 0.8 ** (1 / 6) - 1, abs=1e-3)
    assert detectable(6, 0.0) == pytest.approx(0.8 ** (1 / 6), abs=1e-6)
    few, many = detectable(100, 0.2), detectable(400, 0.2)
    assert few is not None
    assert many is not None
    # By the normal approximation (Connor, Biometrics 1987), solved for d: 0.124 and 0.0625.
    assert few == pytest.approx(0.124, abs=0.02)
    assert many == pytest.approx(0.0625, abs=0.008)
    assert power(100, 0.2, few) == pytest.approx(0.8, abs=1e-6)


def test_arms_are_compared_on_what_both_have() -> None:
    found = compared({"a": True, "b": True, "c": False}, {"b": False, "c": False, "d": True}, seed=0)
    assert (found["of"], found["won"], found["lost"], found["detectable"]) == (2, 1, 0, None)
    assert compared({}, {}, seed=0)["of"] == 0


def test_the_interval_of_a_mean_difference_is_drawn_by_the_seed() -> None:
    found = mean_difference([3.0, 5.0, 4.0], [1.0, 1.0, 1.0], seed=1)
    assert found["difference"] == 3.0
    assert 2.0 <= found["interval"][0] < 3.0 < found["interval"][1] <= 4.0
    assert mean_difference([3.0, 5.0, 4.0], [1.0, 1.0, 1.0], seed=1) == found
    assert mean_difference([], [], seed=1) == {"difference": None, "interval": None}


def test_what_memory_lost_is_counted_among_what_was_resolved_without() -> None:
    told = negative_transfer([True, False, True, False], [True, True, False, False])
    assert (told["hits"], told["total"], told["percent"]) == (1, 2, 50.0)


def test_what_a_resolved_instance_costs() -> None:
    assert each_resolved(3.0, 2) == 1.5
    assert each_resolved(3.0, 0) is None
