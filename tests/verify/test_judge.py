"""Verdicts of patches whose worth is known, each attack beside the same attack with the guard off."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from memcoder_eval.false_patches import FORGED

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.records import Patch, Verdict
from memcoder.sandbox.door import prepare
from memcoder.verify import judge as room
from memcoder.verify.judge import judge
from memcoder.verify.plan import TestPlan
from tests.helpers import GitRepo

BASE = {
    "app.py": "def double(n):\n    return n + 2\n",
    "tests/test_app.py": "from app import double\n\n\ndef test_zero():\n    assert double(2) == 4\n",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
}
ASKED = "from app import double\n\n\ndef test_three():\n    assert double(3) == 6\n"
FIX = {"app.py": "def double(n):\n    return n * 2\n"}
PLUGIN = {
    "forger.py": FORGED,
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '-p forger'\n",
}
PLAN = TestPlan(command="python -m pytest -q tests", files={"tests/test_issue.py": ASKED})
SUITE = TestPlan(command="python -m pytest -q", origin="suite")


def judged(folder: Path, files: Mapping[str, str | None], plan: TestPlan) -> Verdict:
    made = GitRepo(folder / "repo")
    base = made.commit("One", BASE)
    made.write(files)
    made.git("add", "--all")
    patch = Patch(diff=made.git("diff", "--cached") + "\n", files=tuple(files))
    repo = Repository.open(made.path)
    environment = prepare(made.path, base, Settings(sandbox="local"))
    return judge(environment, repo, base, patch, plan, timeout=60)


def test_a_fix_is_verified(tmp_path: Path) -> None:
    verdict = judged(tmp_path, FIX, PLAN)
    assert (verdict.status, verdict.unverified) == ("verified", ())


@pytest.mark.parametrize(
    ("files", "plan"),
    [
        ({"conftest.py": FORGED}, PLAN),
        (PLUGIN, PLAN),
        ({"tests/test_new.py": "def test_new():\n    assert True\n"}, SUITE),
        ({"tests/test_app.py": "def test_zero():\n    pass\n\n\ndef test_more():\n    pass\n"}, SUITE),
    ],
    ids=["a conftest that forges", "a plugin that forges", "a test that always passes", "an edited test"],
)
def test_what_a_patch_does_to_tests_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str | None], plan: TestPlan
) -> None:
    verdict = judged(tmp_path / "guarded", files, plan)
    assert verdict.status != "verified"
    assert any("changes to tests" in line and sorted(files)[-1] in line for line in verdict.unverified)
    monkeypatch.setattr(room, "guard_tests", lambda *arguments: ())
    assert judged(tmp_path / "control", files, plan).status == "verified"


def test_deleted_tests_run_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {**FIX, "tests/test_app.py": None}
    verdict = judged(tmp_path / "guarded", files, PLAN)
    assert (verdict.status, verdict.comparison.broken) == ("verified", ())
    monkeypatch.setattr(room, "guard_tests", lambda *arguments: ())
    assert judged(tmp_path / "control", files, PLAN).status == "failed"


def test_other_lines_of_a_shared_file_stay_as_the_patch_has_them(tmp_path: Path) -> None:
    files = {**FIX, "pyproject.toml": BASE["pyproject.toml"] + "\n[tool.other]\nx = 1\n"}
    assert judged(tmp_path, files, PLAN).unverified == ()
