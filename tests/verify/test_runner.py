import pytest

from memcoder.verify.runner import parse_junit

REPORT = b"""<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py"/>
<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py"><failure message="assert 1 == 2">app.py:3
E assert 1 == 2</failure></testcase>
<testcase classname="tests.test_a" name="test_skip"><skipped message="no"/></testcase>
<testcase classname="" name="tests.test_b"><error message="collection failure">ImportError</error></testcase>
</testsuite></testsuites>"""


def test_reads_each_test_s_outcome_and_message() -> None:
    outcomes, messages = parse_junit(REPORT)
    assert outcomes == {
        "tests/test_a.py::test_ok": "passed",
        "tests/test_a.py::test_bad": "failed",
        "tests.test_a::test_skip": "skipped",
        "tests.test_b": "error",
    }
    assert messages["tests/test_a.py::test_bad"].endswith("E assert 1 == 2")
    assert messages["tests.test_b"] == "ImportError"
    assert "tests.test_a::test_skip" not in messages


@pytest.mark.parametrize(
    "hostile",
    [
        b"not xml",
        b"",
        b"<testsuite",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>',
        b"<testsuite>" + b" " * 9_000_000 + b"</testsuite>",
    ],
)
def test_a_hostile_or_broken_report_counts_as_none(hostile: bytes) -> None:
    assert parse_junit(hostile) == ({}, {})
