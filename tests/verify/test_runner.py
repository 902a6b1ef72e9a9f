from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.sandbox.door import prepare
from memcoder.verify.runner import run_tests
from memcoder.verify.runners.junit import parse_junit
from tests.helpers import GitRepo

REPORT = b"""<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py"/>
<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py"><failure message="assert 1 == 2">app.py:3
E assert 1 == 2</failure></testcase>
<testcase classname="tests.test_a" name="test_skip"><skipped message="no"/></testcase>
<testcase classname="" name="tests.test_b"><error message="collection failure">ImportError</error></testcase>
</testsuite></testsuites>"""


def test_reads_each_test_s_outcome_and_message() -> None:
    found = parse_junit(REPORT)
    outcomes, messages = found.tests, found.messages
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
    assert parse_junit(hostile).tests == {}


def test_paths_are_told_from_the_root_whatever_the_sandbox_s_folder_is_called(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    source = "def test_where():\n    print(__file__)\n    assert __file__ == ''\n"
    commit = repo.commit("Where", {"tests/test_where.py": source})
    with prepare(repo.path, commit, Settings(sandbox="local")).start() as sandbox:
        run = run_tests(sandbox, "python -m pytest -q", 30)
        assert sandbox.workdir not in run.output + "".join(run.messages.values())
    assert run.failing == ("tests/test_where.py::test_where",)
    assert "+ tests/test_where.py" in run.messages["tests/test_where.py::test_where"]


@pytest.mark.parametrize("command", ["python -m pytest -q", "python -m pytest -q --color=yes"])
def test_no_colours_are_told_whoever_asks_for_them(tmp_path: Path, command: str) -> None:
    repo = GitRepo(tmp_path / "repo")
    files = {"pytest.ini": "[pytest]\naddopts = --color=yes\n", "test_a.py": "def test_a():\n    assert 'ab' == 'ac'\n"}
    with prepare(repo.path, repo.commit("Colours", files), Settings(sandbox="local")).start() as sandbox:
        run = run_tests(sandbox, command, 30)
        plain = sandbox.run("python -m pytest -q; true", 30).output
    assert "\x1b[" in plain, "the project does colour"
    told = run.output + "".join(run.messages.values())
    assert "- ac" in told
    assert "\x1b" not in told
    assert "x1B" not in told
