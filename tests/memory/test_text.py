import pytest

from memcoder.memory.text import stem, words


def test_identifiers_are_split_and_kept_whole() -> None:
    assert words("totalPrice") == ["total", "pric", "totalpric"]
    assert words("the total_price of HTTPServer2") == [
        "total",
        "pric",
        "totalpric",
        "http",
        "server",
        "2",
        "httpserver2",
    ]


@pytest.mark.parametrize(
    "group", [("round", "rounds", "rounded", "rounding"), ("price", "prices"), ("stop", "stopped", "stopping")]
)
def test_forms_of_a_word_meet(group: tuple[str, ...]) -> None:
    assert len({stem(word) for word in group}) == 1


def test_hashes_and_small_words_are_left_out() -> None:
    assert words("it is a " + "f" * 64) == []
