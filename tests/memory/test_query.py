import time

import pytest

from memcoder.memory.query import Query

ISSUE = """Totals of `Cart.total` are wrong
<!-- please fill in -->
Traceback (most recent call last):
  File "/home/me/site-packages/shop/cart.py", line 12, in total
  File "C:\\shop\\money.py", line 2, in round_cents
tests/test_cart.py:7: in test_total

    from shop.money import round_cents, format_price as shown
    import shop.stock

Python 3.11.2
shop==1.4.0rc1
see https://example.org/shop/issues/99
"""


def test_frames_come_with_line_and_function_the_innermost_last() -> None:
    assert Query(ISSUE).frames == [
        ("/home/me/site-packages/shop/cart.py", 12, "total"),
        ("C:/shop/money.py", 2, "round_cents"),
        ("tests/test_cart.py", 7, "test_total"),
    ]


def test_imports_are_told_by_module_and_name() -> None:
    assert Query(ISSUE).imports == [("shop.money", "round_cents"), ("shop.money", "format_price"), ("shop.stock", "")]


def test_versions_comments_and_links_are_no_words_of_the_query() -> None:
    clean = Query(ISSUE).clean
    assert not [part for part in ("3.11", "1.4", "example.org", "fill in") if part in clean]
    assert "wrong" in clean
    assert "since 1.4.0 totals are wrong" in Query("since 1.4.0 totals are wrong").clean


def test_what_looks_like_code_weighs_more_than_prose() -> None:
    names = Query(ISSUE).names
    assert names["Cart.total"] == names["total"] == names["round_cents"] == 1.0
    assert names["are"] < 1.0


def test_paths_are_named_once_and_with_forward_slashes() -> None:
    assert Query("shop\\cart.py, ./shop/cart.py and setup.cfg").paths == ["shop/cart.py", "setup.cfg"]


@pytest.mark.parametrize(
    "part",
    ["a", " ", "\n", "`", "`\n", "a.", "a/", "1.", " - ", "<!--", "import ", "from a import b, ", 'File "', "x = "],
)
def test_a_megabyte_of_hostile_text_is_read_in_no_time(part: str) -> None:
    query = Query(part * (1_000_000 // len(part)) + "!")
    started = time.process_time()
    assert query.clean is not None
    assert isinstance(query.weights, dict)
    assert isinstance(query.names, dict)
    assert isinstance(query.paths, list)
    assert query.frames == []
    assert isinstance(query.imports, list)
    assert time.process_time() - started < 2.0
