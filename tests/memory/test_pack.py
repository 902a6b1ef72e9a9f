from memcoder.memory.pack import pack


def test_of_the_same_score_the_small_goes_first() -> None:
    assert pack([0.5, 0.5, 0.5], [300, 100, 200], 1000) == [1, 2, 0]


def test_a_much_better_piece_goes_first_whatever_its_size() -> None:
    assert pack([0.9, 0.01], [800, 20], 1000) == [0, 1]


def test_what_does_not_fit_is_passed_over() -> None:
    assert pack([0.9, 0.5, 0.4], [80, 60, 20], 100) == [0, 2]
    assert pack([0.9], [101], 100) == []


def test_order_holds_where_all_is_alike_and_size_may_be_nothing() -> None:
    assert pack([0.0, 0.0], [10, 10], 100) == [0, 1]
    assert pack([0.1], [0], 0) == [0]
    assert pack([], [], 100) == []
