from memcoder_eval.drawing import drawn

IDS = [f"a{number}" for number in range(40)]


def test_the_seed_decides_and_the_order_given_does_not() -> None:
    assert drawn(IDS, 10, 0) == drawn(reversed(IDS), 10, 0) != drawn(IDS, 10, 1)
    assert drawn(IDS, 20, 0)[:10] == drawn(IDS, 10, 0)
    assert sorted(drawn(IDS, 100, 0)) == sorted(IDS)
