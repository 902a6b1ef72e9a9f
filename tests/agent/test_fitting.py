"""One refinement for fit, with a scripted model: kept where the tests pass and fit got better, and nowhere else."""

from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.errors import FaultError
from memcoder.records import Run
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore
from tests.agent.test_resolve import SOURCE, settings, solve
from tests.helpers import GitRepo

BODY = """\
    text = str(value)
    whole, point, rest = text.partition(".")
    if not point:
        return int(whole)
    kept = rest[:places].ljust(places, "0")
    return float(whole + point + kept)
"""
HELPER = f"\ndef rounded(value, places):\n{BODY}"
TEST = "from shape import area\n\n\ndef test_area():\n    assert area(2, 3) == 6\n"
WRITTEN_OUT = f"    value, places = width * height, 2\n{BODY}"
REPEATING = f"```python\ndef area(width, height):\n{WRITTEN_OUT}```\n"
BETTER = f"""shape.py
<<<<<<< SEARCH
{WRITTEN_OUT}=======
    return rounded(width * height, 2)
>>>>>>> REPLACE
"""
ANOTHER_FILE = """changes/1.txt
<<<<<<< SEARCH
=======
Areas are right.
>>>>>>> REPLACE
"""


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE + HELPER, "test_shape.py": TEST})
    return made


def patient(tmp_path: Path, *replies: str, max_steps: int = 30) -> Settings:
    """Settings under which tests pass on a busy machine too: nothing here is about time."""
    return settings(tmp_path, *replies, command_timeout=300.0, max_steps=max_steps)


def kinds(run: Run) -> list[str]:
    assert run.verdict is not None
    assert run.verdict.fit is not None
    return [finding.kind for finding in run.verdict.fit.broken]


def test_a_better_fit_is_kept(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, patient(tmp_path, REPEATING, BETTER + ANOTHER_FILE))
    assert [(attempt.origin, attempt.passed) for attempt in run.attempts] == [("first", True), ("fit", True)]
    assert run.patch is not None
    assert run.patch.files == ("changes/1.txt", "shape.py")
    assert "+    return rounded(width * height, 2)" in run.patch.diff
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert kinds(run) == ["tests"], "said, and too light to ask for"
    asked = [event for event in RunLog(RunStore.open().path(run.id)).events() if event["event"] == "call"][1]["prompt"]
    assert "repeats rounded (shape.py:" in asked[1]["content"]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I would leave it.", "no edit"),
        (BETTER.replace("rounded(width * height", "rounded(width - height"), "assert"),
        (ANOTHER_FILE, "fit did not get better"),
        (ANOTHER_FILE.replace("changes/1.txt", "../out.txt"), "leads out"),
        (ANOTHER_FILE.replace("changes/1.txt", ".git/hooks/post-commit.sh"), "leads out"),
    ],
)
def test_what_is_no_better_is_dropped_and_the_patch_stays(repo: GitRepo, tmp_path: Path, reply: str, why: str) -> None:
    run = solve(repo, patient(tmp_path, REPEATING, reply))
    assert [(attempt.origin, attempt.passed) for attempt in run.attempts] == [("first", True), ("fit", False)]
    assert why in run.attempts[1].diagnosis
    assert run.patch is not None
    assert run.patch.files == ("shape.py",)
    assert run.verdict is not None
    assert (run.verdict.status, kinds(run)) == ("verified", ["repeat", "tests"])


def test_a_refinement_that_passes_only_with_its_own_tests_is_dropped(repo: GitRepo, tmp_path: Path) -> None:
    wrong = BETTER.replace("rounded(width * height", "rounded(width - height")
    old, new = "    assert area(2, 3) == 6", "    assert area(2, 3) == -1"
    cheat = f"test_shape.py\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
    run = solve(repo, patient(tmp_path, REPEATING, wrong + cheat))
    assert [attempt.passed for attempt in run.attempts] == [True, False]
    assert run.verdict is not None
    assert run.verdict.status == "verified"


def test_a_limit_loses_no_patch(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, patient(tmp_path, REPEATING, max_steps=1))
    assert run.verdict is not None
    assert (run.state, run.verdict.status, kinds(run)) == ("done", "verified", ["repeat", "tests"])


def test_a_run_that_was_cut_off_asks_and_looks_at_nothing_twice(repo: GitRepo, tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="no more replies"):
        solve(repo, patient(tmp_path, REPEATING))
    run = solve(repo, patient(tmp_path, BETTER))  # the script's next reply
    assert [(attempt.number, attempt.passed) for attempt in run.attempts] == [(1, True), (2, True)]
    assert run.usage.calls == 2
    keys = [event["key"] for event in RunLog(RunStore.open().path(run.id)).events() if event["event"] == "fit"]
    assert len(keys) == len(set(keys)) == 2
