"""Where a failure is, and what it says, in the languages of the runners."""

from pathlib import Path

import pytest

from memcoder.verify.frames import deepest, error_of, frames
from tests.verify.runners.test_readers import recorded

PYTEST = """\
tests/test_shape.py:5: in test_area
    assert area(2, 3) == 6
shape.py:2: in area
    return width ** "2"
/usr/lib/python3.11/decimal.py:7: in power
    raise TypeError
E   TypeError: unsupported operand
E     and more of it"""
CHAINED = """\
Traceback (most recent call last):
  File "app.py", line 2, in load
    int("x")
ValueError: the first one

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "app.py", line 4, in load
    raise KeyError("second")
KeyError: 'second'
"""


@pytest.mark.parametrize(
    ("name", "test", "place", "error"),
    [
        ("jest.json", "test/cart.test.js::cart > first of none", "src/cart.js:5 in price", "TypeError: Cannot read"),
        (
            "jest.json",
            "test/cart.test.js::cart > counts quantities",
            "test/cart.test.js:4 in toBe",
            "Error: expect(received).toBe(expected) // Object.is equality (expected 6, got 2)",
        ),
        ("jest.json", "test/broken.test.js", "test/broken.test.js:1 in require", "Cannot find module '../src/nothing'"),
        ("vitest.json", "test/cart.test.js::cart > first of none", "src/cart.js:5 in first", "TypeError: Cannot read"),
        ("go.jsonl", "example.org/shop/money::TestTotal/twice", "money_test.go:15", "money_test.go:15: Total = 4"),
        ("go.jsonl", "example.org/shop/money::TestFirstOfNone", "money/money.go:14 in First", "panic: runtime error"),
        ("go.jsonl", "example.org/shop/broken", "broken/broken.go:3", "broken/broken.go:3:27: cannot use"),
        ("cargo.txt", "tests/cart.rs::first_of_none", "src/lib.rs:13", "index out of bounds: the len is 0"),
        (
            "cargo.txt",
            "src/lib.rs::tests::doubles",
            "src/lib.rs:27",
            "assertion `left == right` failed: twice two (expected 5, got 4)",
        ),
        ("django.txt", "cart.tests.TotalTests::test_first_of_none", "cart/money.py:6 in first", "IndexError: list"),
        ("unittest.txt", "unittest.loader._FailedTest::test_b", "test_b.py:1 in <module>", "ModuleNotFoundError: No"),
    ],
)
def test_the_deepest_place_of_the_project_s_own_code_and_the_error(
    name: str, test: str, place: str, error: str
) -> None:
    message = recorded(name).messages[test]
    assert str(deepest(message)) == place
    assert error_of(message).startswith(error)


def test_pytest_s_short_tracebacks_leave_libraries_aside() -> None:
    assert [str(frame) for frame in frames(PYTEST)] == [
        "tests/test_shape.py:5 in test_area",
        "shape.py:2 in area",
        "/usr/lib/python3.11/decimal.py:7 in power",
    ]
    assert str(deepest(PYTEST)) == "shape.py:2 in area"
    assert error_of(PYTEST) == "TypeError: unsupported operand"


def test_of_chained_errors_the_last_one_counts() -> None:
    assert error_of(CHAINED) == "KeyError: 'second'"


def test_where_only_a_test_is_the_project_s_own_it_is_the_place() -> None:
    assert str(deepest('  File "tests/test_a.py", line 3, in test_it')) == "tests/test_a.py:3 in test_it"


def test_what_names_no_place_has_none() -> None:
    assert deepest("it went wrong") is None
    assert error_of("") == ""


def test_a_long_line_is_read_quickly() -> None:
    """Patterns over untrusted text must not take time that grows with its square."""
    for text in ("a" * 8000, "at " * 2600, "x(" * 4000, " " * 8000, "a.py:1" * 1300, "at a (" * 1300):
        frames(text)
        error_of(text)


def test_paths_in_untrusted_output_are_only_text(tmp_path: Path) -> None:
    assert str(deepest(f'  File "../../{tmp_path}/x.py", line 1, in f')).startswith("../../")
