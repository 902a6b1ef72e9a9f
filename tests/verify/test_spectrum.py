"""The spectrum, and what the plugin writes in a real sandbox under real pytest."""

from collections import Counter
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.sandbox.door import prepare
from memcoder.verify.plan import TestPlan
from memcoder.verify.spectrum import Counts, Spectrum, _sum, measure_spectrum, ochiai
from tests.helpers import GitRepo

SOURCE = """\
def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return low
    return value
"""
TESTS = """\
import pytest
from clamp import clamp


@pytest.mark.parametrize(("value", "right"), [(-1, 0), (5, 5), (20, 10)])
def test_clamp(value, right):
    assert clamp(value, 0, 10) == right
"""


def test_a_line_that_only_failing_tests_run_is_the_most_suspicious() -> None:
    found = ochiai(Counts(1, Counter({("a.py", 1): 1, ("a.py", 2): 1}), Counter({("a.py", 1): 1, ("a.py", 3): 1})))
    assert found.lines == {"a.py": {1: pytest.approx(0.7071, abs=1e-4), 2: 1.0}}
    assert found.of("a.py", 1, 3) == 1.0
    assert found.of("a.py", 3, 9) == found.of("b.py", 1, 9) == 0.0


def test_without_a_failing_test_nothing_is_suspicious() -> None:
    assert ochiai(Counts(0, Counter({("a.py", 1): 1}), Counter({("a.py", 1): 1}))) == Spectrum()


@pytest.mark.parametrize("sandbox", ["local", pytest.param("docker", marks=pytest.mark.docker)])
def test_tests_are_traced_line_by_line(tmp_path: Path, sandbox: str) -> None:
    repo = GitRepo(tmp_path / "repo")
    commit = repo.commit("Clamp", {"clamp.py": SOURCE, "tests/test_clamp.py": TESTS, "tests/conftest.py": ""})
    settings = Settings.model_validate({"sandbox": sandbox})
    plan = TestPlan(command="cd tests && PYTHONPATH=..:$PYTHONPATH python -m pytest -q")
    with prepare(repo.path, commit, settings).start() as box:
        root = measure_spectrum(box, plan.model_copy(update={"command": "python -m pytest -q tests"}), 60)
        assert box.diff() == "", "nothing of it stays behind"
        elsewhere = measure_spectrum(box, plan, 60)
        silent = measure_spectrum(box, TestPlan(command="true"), 60)
    lines = root.lines["clamp.py"]
    assert max(lines, key=lines.__getitem__) == 5, "the line with the mistake"
    assert set(lines) == {2, 4, 5}
    assert elsewhere == root, "wherever the command goes"
    assert silent == Spectrum(), "what was not traced is no evidence"


def test_outcomes_are_those_that_pytest_reports(tmp_path: Path) -> None:
    source = "def broken():\n    return 1\n\n\ndef fine():\n    return 1\n\n\ndef made():\n    return 1\n"
    tests = """\
import unittest
import pytest
from code_of import broken, fine, made


class TestBroken(unittest.TestCase):
    def test_broken(self):
        self.assertEqual(broken(), 2)


@pytest.mark.xfail
def test_expected():
    assert fine() == 2


def test_skipped():
    fine()
    pytest.skip("not here")


@pytest.fixture
def thing():
    assert made() == 2


def test_fixture(thing):
    pass
"""
    repo = GitRepo(tmp_path / "repo")
    commit = repo.commit("Outcomes", {"code_of.py": source, "test_code.py": tests})
    with prepare(repo.path, commit, Settings(sandbox="local")).start() as box:
        found = measure_spectrum(box, TestPlan(command="python -m pytest -q  # with a comment"), 60)
    assert found.lines["code_of.py"] == {2: pytest.approx(0.7071, abs=1e-4), 10: pytest.approx(0.7071, abs=1e-4)}


def test_a_test_that_never_ends_counts_as_failed(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    source = "def f():\n    while True:\n        pass\n"
    tests = "from loop import f\n\n\ndef test_ok():\n    pass\n\n\ndef test_f():\n    f()\n"
    commit = repo.commit("Loop", {"loop.py": source, "test_loop.py": tests})
    with prepare(repo.path, commit, Settings(sandbox="local")).start() as box:
        found = measure_spectrum(box, TestPlan(command="python -m pytest -q"), 30)
    assert found.lines["loop.py"] == {2: 1.0, 3: 1.0}


ROW = '{"process": 1, "total_failed": 1, "failed": {"a.py": {"1": 1, "2": "x", "3": -1}}, "passed": {}}'


@pytest.mark.parametrize(
    "forged",
    [
        "no json",
        "[" * 10_000,
        "[]",
        '{"process": 1, "total_failed": 0, "failed": {"a.py": {"1": 1}}, "passed": {}}',
        '{"process": 1, "total_failed": 1, "failed": {"a.py": {"one": 1}}, "passed": {}}',
        '{"process": 1, "total_failed": 1, "failed": [3], "passed": {}}',
    ],
)
def test_what_untrusted_code_writes_is_read_with_care(forged: str) -> None:
    assert ochiai(_sum(ROW)).lines == {"a.py": {1: 1.0}}, "the control"
    assert ochiai(_sum(forged)) == Spectrum()
    assert ochiai(_sum(f"{forged}\n{ROW}")).lines == {"a.py": {1: 1.0}}


def test_a_link_in_the_place_of_the_output_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(ROW)
    hook = f"""\
import os


def pytest_unconfigure():
    os.remove(os.environ["MEMCODER_SPECTRUM"])
    os.symlink({str(tmp_path / "secret")!r}, os.environ["MEMCODER_SPECTRUM"])
"""
    repo = GitRepo(tmp_path / "repo")
    commit = repo.commit("Forge", {"conftest.py": hook})
    with prepare(repo.path, commit, Settings(sandbox="local")).start() as box:
        assert measure_spectrum(box, TestPlan(command="python -m pytest -q"), 60) == Spectrum()
