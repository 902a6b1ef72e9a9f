import pytest
from memcoder_eval.intervals import share, wilson


def test_wilson_as_published() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for hits, total, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(20, 20)[1] == 1.0


def test_a_share_in_percent() -> None:
    assert share(0, 20) == {"hits": 0, "total": 20, "percent": 0.0, "interval": [0.0, 16.1]}
    assert share(0, 0)["interval"] == [0.0, 100.0]
