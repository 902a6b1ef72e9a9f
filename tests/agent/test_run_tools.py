"""The `tools` strategy from end to end with a scripted model, native calls and text protocol."""

from pathlib import Path
from typing import Any

import pytest

from memcoder.records import Run
from memcoder.runs.store import RunLog, RunStore
from tests.agent.test_resolve import SOURCE, TEST, settings, solve
from tests.helpers import GitRepo

FIX = "sed -i 's/width + height/width * height/' shape.py"
SPOIL = "sed -i 's/width + height/width - height/' shape.py"


def calls(name: str, text: str = "", **arguments: Any) -> dict[str, Any]:
    """A reply that calls one tool."""
    return {"text": text, "tool_calls": [{"name": name, "arguments": arguments}]}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST})
    return made


def events(run: Run, kind: str) -> list[dict[str, Any]]:
    return [event for event in RunLog(RunStore.open().path(run.id)).events() if event["event"] == kind]


@pytest.mark.parametrize("sandbox", ["local", pytest.param("docker", marks=pytest.mark.docker)])
def test_what_is_submitted_is_verified_in_a_fresh_sandbox(repo: GitRepo, tmp_path: Path, sandbox: str) -> None:
    script = (calls("bash", command="cat shape.py"), calls("bash", command=FIX), calls("submit", summary="A sign."))
    run = solve(repo, settings(tmp_path, *script, sandbox=sandbox))
    assert run.strategy == "tools"
    assert run.verdict is not None
    assert (run.state, run.verdict.status, run.verdict.sandbox) == ("done", "verified", sandbox)
    assert run.patch is not None
    assert run.patch.files == ("shape.py",)
    assert "+    return width * height" in run.patch.diff
    assert [(one.origin, one.action, one.passed) for one in run.attempts] == [("submit", "A sign.", True)]
    assert "return width + height" in events(run, "acted")[0]["text"]
    assert repo.git("status", "--porcelain") == ""


def test_a_submission_that_fails_comes_back_with_its_diagnosis(repo: GitRepo, tmp_path: Path) -> None:
    again = "sed -i 's/width - height/width * height/' shape.py"
    script = (calls("bash", command=SPOIL), calls("submit"), calls("bash", command=again), calls("submit"))
    run = solve(repo, settings(tmp_path, *script))
    assert [attempt.passed for attempt in run.attempts] == [False, True]
    assert run.attempts[1].before == run.attempts[0].after
    assert "assert -1 == 6" in run.attempts[0].diagnosis
    assert "assert -1 == 6" in events(run, "acted")[1]["text"]
    assert run.verdict is not None
    assert run.verdict.status == "verified"


def test_the_text_protocol_does_the_same(repo: GitRepo, tmp_path: Path) -> None:
    script = (f"The sign.\n```bash\n{FIX}\n```\n", "Done.\n```submit\nThe sign was wrong.\n```")
    run = solve(repo, settings(tmp_path, *script, strategy="tools"))
    assert run.verdict is not None
    assert (run.verdict.status, run.attempts[0].action) == ("verified", "The sign was wrong.")
    system = events(run, "call")[0]["prompt"][0]["content"]
    assert "```bash" in system
