"""Recorded output of real runners (tests/data/runners), read test by test; and what hostile output does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memcoder.verify.runners.base import MESSAGE_LIMIT, MESSAGES_LIMIT, NAME_LIMIT, Reading
from memcoder.verify.runners.cargo import read_cargo
from memcoder.verify.runners.go import read_go
from memcoder.verify.runners.javascript import parse_json_report
from memcoder.verify.runners.junit import parse_junit
from memcoder.verify.runners.unittest import read_unittest

RECORDED = Path(__file__).parents[2] / "data" / "runners"


def of_json(text: str) -> Reading:
    return parse_json_report(text.encode())


def of_junit(text: str) -> Reading:
    return parse_junit(text.encode())


READERS: dict[str, Callable[[str], Reading]] = {
    "jest.json": of_json,
    "vitest.json": of_json,
    "node.xml": of_junit,
    "go.jsonl": read_go,
    "cargo.txt": read_cargo,
    "django.txt": read_unittest,
    "unittest.txt": read_unittest,
}


def recorded(name: str) -> Reading:
    return READERS[name]((RECORDED / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["jest.json", "vitest.json"])
def test_jest_and_vitest_tell_each_test_by_its_file_and_titles(name: str) -> None:
    found = recorded(name)
    assert found.tests == {
        "test/broken.test.js": "error",
        "test/cart.test.js::cart > empty is zero": "passed",
        "test/cart.test.js::cart > counts quantities": "failed",
        "test/cart.test.js::cart > first of none": "failed",
        "test/cart.test.js::cart > later": "skipped",
        "test/cart.test.js::cart > some day": "skipped",
    }
    assert "src/cart.js:5:19" in found.messages["test/cart.test.js::cart > first of none"]
    assert "Cannot find module" in found.messages["test/broken.test.js"]
    assert found.seconds["test/cart.test.js"] > 0


def test_node_tells_each_test_by_its_suites_and_of_two_of_a_name_the_worse() -> None:
    found = recorded("node.xml")
    assert found.tests == {
        "test::cart > empty is zero": "passed",
        "test::cart > counts quantities": "failed",
        "test::cart > lines > first of none": "failed",
        "test::cart > later": "skipped",
        "test::top": "passed",
        "test::test/broken.test.js": "failed",
    }
    assert "cart.test.js:" in found.messages["test::cart > counts quantities"]


def test_go_tells_packages_tests_and_subtests_and_its_output_is_put_together_again() -> None:
    found = recorded("go.jsonl")
    assert found.tests == {
        "example.org/shop/broken": "error",
        "example.org/shop/money::TestEmpty": "passed",
        "example.org/shop/money::TestTotal": "failed",
        "example.org/shop/money::TestTotal/twice": "failed",
        "example.org/shop/money::TestLater": "skipped",
        "example.org/shop/money::TestFirstOfNone": "failed",
    }
    assert found.messages["example.org/shop/money::TestTotal/twice"] == "    money_test.go:15: Total = 4, want 5\n"
    assert "cannot use" in found.messages["example.org/shop/broken"]
    assert found.output is not None
    assert "--- FAIL: TestTotal/twice" in found.output
    assert "Action" not in found.output


def test_cargo_tells_tests_by_the_file_of_their_target() -> None:
    found = recorded("cargo.txt")
    assert found.tests == {
        "src/lib.rs::tests::empty_is_zero": "passed",
        "src/lib.rs::tests::later": "skipped",
        "src/lib.rs::tests::doubles": "failed",
        "src/lib.rs::tests::panics": "passed",
        "tests/cart.rs::first_of_none": "failed",
        "doc-tests shop::src/lib.rs - total": "passed",
    }
    assert "index out of bounds" in found.messages["tests/cart.rs::first_of_none"]
    assert set(found.seconds) == {"src/lib.rs", "tests/cart.rs", "doc-tests shop"}


def test_a_documentation_test_that_a_patch_moves_is_the_same_test() -> None:
    lines = "   Doc-tests shop\ntest src/lib.rs - total (line 5) ... ok\ntest src/lib.rs - total (line 9) ... FAILED\n"
    moved = lines.replace("line 5", "line 7").replace("line 9", "line 11")
    assert read_cargo(lines).tests == read_cargo(moved).tests
    assert list(read_cargo(lines).tests.values()) == ["passed", "failed"]


def test_django_s_runner_prints_unittest_s_lines() -> None:
    found = recorded("django.txt")
    assert found.tests == {
        "cart.tests.TotalTests::test_doubles": "failed",
        "cart.tests.TotalTests::test_empty": "passed",
        "cart.tests.TotalTests::test_first_of_none": "error",
        "cart.tests.TotalTests::test_later": "skipped",
        "cart.tests.TotalTests::test_subs": "failed",
    }
    assert found.messages["cart.tests.TotalTests::test_doubles"].endswith("AssertionError: 4 != 5")


def test_unittest_s_odd_outcomes_are_told_apart() -> None:
    found = recorded("unittest.txt")
    assert found.tests == {
        "test_a.S::setUpClass": "error",
        "test_a.T::test_e": "error",
        "test_a.T::test_p": "passed",
        "test_a.T::test_s": "skipped",
        "test_a.T::test_sub": "failed",
        "test_a.T::test_u": "failed",
        "test_a.T::test_x": "passed",
        "unittest.loader._FailedTest::test_b": "error",
    }
    assert "No module named 'nothing'" in found.messages["unittest.loader._FailedTest::test_b"]


def test_unittest_before_python_3_11_names_its_tests_alike() -> None:
    old = "test_total (tests.test_cart.CartTests) ... ok\n"
    new = "test_total (tests.test_cart.CartTests.test_total) ... ok\n"
    assert read_unittest(old).tests == read_unittest(new).tests == {"tests.test_cart.CartTests::test_total": "passed"}


def test_several_documents_of_junit_are_read_as_one_with_the_seconds_of_each_file() -> None:
    one = b'<?xml version="1.0"?><testsuite><testcase file="a" name="x" time="0.5"/></testsuite>\n'
    found = parse_junit(one + one.replace(b'"x"', b'"y"') + b'<?xml version="1.0"?><broken')
    assert found.tests == {"a::x": "passed", "a::y": "passed"}
    assert found.seconds == {"a": 1.0}


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"[]",
        b"null",
        b'{"testResults": 3}',
        b'{"testResults": [3]}',
        b'{"testResults": [{"name": "a", "startTime": "x"}]}',
        b"[" * 200_000,
        b'{"testResults": []}' + b" " * 9_000_000,
    ],
)
def test_a_hostile_json_report_counts_as_none(hostile: bytes) -> None:
    assert parse_json_report(hostile).tests == {}


def test_hostile_events_of_go_are_passed_over() -> None:
    lines = [
        '{"Action": []}',
        '{"Action": "pass", "Test": {"a": 1}, "Package": 3, "Elapsed": "x"}',
        "{" * 100_000,
        "{}",
    ]
    assert len(read_go("\n".join(lines)).tests) <= 1


def test_what_is_kept_of_a_report_is_bounded() -> None:
    many = {f"{number}": "x" * 3 * MESSAGE_LIMIT for number in range(200)} | {"n" * 5000: "long name"}
    kept = Reading(dict.fromkeys(many, "failed"), many).bounded()
    assert max(len(message) for message in kept.messages.values()) <= MESSAGE_LIMIT
    assert sum(len(message) for message in kept.messages.values()) <= MESSAGES_LIMIT + MESSAGE_LIMIT
    assert max(len(name) for name in kept.tests) == NAME_LIMIT
    assert len(kept.tests) == len(many), "outcomes are kept, whatever their messages were"
