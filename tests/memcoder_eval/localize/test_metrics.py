"""Figures against published or hand-computed values."""

import pytest
from memcoder_eval.intervals import wilson
from memcoder_eval.localize.metrics import percentiles, recall_at, share, strict


def test_strict_wants_every_gold_item() -> None:
    assert strict([1, 5], 5)
    assert not strict([1, 6], 5)
    assert not strict([1, None], 5)
    assert not strict([], 5)


def test_recall_is_a_share_of_the_gold() -> None:
    assert recall_at([1, 6, None, 2], 5) == 0.5
    assert recall_at([], 5) == 0.0


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_s_interval(hits: int, total: int, low: float, high: float) -> None:
    # 81 of 263 is the example of Newcombe, Statistics in Medicine 17 (1998), table I.
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert share(0, 0) == {"percent": 0.0, "interval": [0.0, 100.0]}


def test_percentiles() -> None:
    assert percentiles([10.0, 20.0, 30.0]) == {"p50": 20.0, "p95": 29.0}
    assert percentiles([]) == {"p50": None, "p95": None}
