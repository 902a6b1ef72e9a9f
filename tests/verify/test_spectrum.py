"""The spectrum, and what the plugin writes in a real sandbox under real pytest."""

from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.sandbox.door import prepare
from memcoder.verify.plan import TestPlan
from memcoder.verify.spectrum import Spectrum, measure_spectrum, ochiai
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
    found = ochiai([(True, {"a.py": [1, 2]}), (False, {"a.py": [1, 3]})])
    assert found.lines == {"a.py": {1: pytest.approx(0.7071), 2: 1.0}}
    assert found.of("a.py", 1, 3) == 1.0
    assert found.of("a.py", 3, 9) == found.of("b.py", 1, 9) == 0.0


def test_without_a_failing_test_nothing_is_suspicious() -> None:
    assert ochiai([(False, {"a.py": [1]})]) == Spectrum()


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


def test_a_test_that_never_ends_counts_as_failed(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    source = "def f():\n    while True:\n        pass\n"
    commit = repo.commit(
        "Loop", {"loop.py": source, "test_loop.py": "from loop import f\n\n\ndef test_f():\n    f()\n"}
    )
    with prepare(repo.path, commit, Settings(sandbox="local")).start() as box:
        found = measure_spectrum(box, TestPlan(command="python -m pytest -q"), 6)
    assert found.lines["loop.py"] == {2: 1.0, 3: 1.0}


def test_what_untrusted_code_writes_is_read_with_care(tmp_path: Path) -> None:
    row = '{"failed": true, "lines": {"clamp.py": [1, "2", null]}}'
    forged = "\\n".join(["no json", "[]", '{"failed": 1}', '{"failed": true, "lines": [3]}', row, ""])
    hook = f"import os\n\ndef pytest_unconfigure():\n    open(os.environ['MEMCODER_SPECTRUM'], 'w').write('{forged}')\n"
    repo = GitRepo(tmp_path / "repo")
    commit = repo.commit(
        "Forge", {"conftest.py": hook.replace("'w').write('", "'w').write('''").replace("')\n", "''')\n")}
    )
    with prepare(repo.path, commit, Settings(sandbox="local")).start() as box:
        found = measure_spectrum(box, TestPlan(command="python -m pytest -q"), 60)
    assert found.lines == {"clamp.py": {1: 1.0}}
