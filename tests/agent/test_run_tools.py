"""The `tools` strategy from end to end with a scripted model, native calls and text protocol."""

import json
from pathlib import Path
from typing import Any

import pytest

from memcoder.agent.resolve import resolve
from memcoder.records import Run, Task
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore
from tests.agent.test_model_faults import CHECK
from tests.agent.test_resolve import SOURCE, TEST, settings, solve
from tests.helpers import GitRepo
from tests.provider import Said, serve

FIX = "sed -i 's/width + height/width * height/' shape.py"
SPOIL = "sed -i 's/width + height/width - height/' shape.py"


def call(name: str, text: str = "", **arguments: Any) -> dict[str, Any]:
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
    script = (call("bash", command="cat shape.py"), call("bash", command=FIX), call("submit", summary="A sign."))
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
    script = (call("bash", command=SPOIL), call("submit"), call("bash", command=again), call("submit"))
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


def quick(repo: GitRepo, tmp_path: Path, *script: Any, files: tuple[str, ...] = (), **more: Any) -> Run:
    """As `solve`, by a check that is quicker than a test runner."""
    task = Task(
        repository=str(repo.path), base_commit="HEAD", issue="area is wrong", test_command=CHECK, test_files=files
    )
    return resolve(task, settings(tmp_path, *script, strategy="tools", **more))


def status(run: Run) -> str:
    assert run.verdict is not None
    return run.verdict.status


def test_what_is_right_when_a_limit_comes_is_not_lost(repo: GitRepo, tmp_path: Path) -> None:
    run = quick(repo, tmp_path, call("bash", command=FIX), call("bash", command="true"), max_steps=1)
    assert (run.state, status(run)) == ("done", "verified")
    assert [(one.action, one.passed) for one in run.attempts] == [("(not handed in)", True)]


def test_what_is_wrong_when_a_limit_comes_ends_the_run_by_it(repo: GitRepo, tmp_path: Path) -> None:
    run = quick(repo, tmp_path, call("bash", command=SPOIL), call("bash", command="true"), max_steps=1)
    assert (run.state, run.verdict, run.attempts) == ("stopped", None, ())
    assert "1 model calls" in run.error


def test_a_model_that_gives_up_leaves_what_it_did_to_be_judged(repo: GitRepo, tmp_path: Path) -> None:
    run = quick(repo, tmp_path, call("bash", command=SPOIL), *["I am a teapot."] * 5)
    assert (run.state, status(run)) == ("done", "failed")
    assert run.patch is not None
    assert "width - height" in run.patch.diff


def test_used_up_attempts_end_the_run_without_a_patch(repo: GitRepo, tmp_path: Path) -> None:
    run = quick(repo, tmp_path, call("bash", command=SPOIL), call("submit"), max_attempts=1)
    assert (run.state, status(run), len(run.attempts)) == ("done", "failed", 1)
    assert run.patch is not None
    assert run.patch.empty


def test_files_that_decide_cannot_be_handed_in_changed(repo: GitRepo, tmp_path: Path) -> None:
    cheat = call("bash", command="echo >> test_shape.py")
    script = (cheat, call("bash", command=FIX), call("submit"), call("bash", command="git checkout -q test_shape.py"))
    run = quick(repo, tmp_path, *script, call("submit"), files=("test_shape.py",))
    assert "these files decide" in events(run, "acted")[2]["text"]
    assert (status(run), len(run.attempts)) == ("verified", 1)
    assert run.patch is not None
    assert run.patch.files == ("shape.py",)


def test_a_deletion_stays_in_the_patch(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("Add a file", {"old.txt": "old\n"})
    run = quick(repo, tmp_path, call("bash", command=f"rm old.txt; {FIX}"), call("submit"))
    assert status(run) == "verified"
    assert run.patch is not None
    assert run.patch.files == ("old.txt", "shape.py")
    assert "deleted file mode" in run.patch.diff


def test_nothing_to_submit_is_said(repo: GitRepo, tmp_path: Path) -> None:
    run = quick(repo, tmp_path, call("submit"), call("bash", command=FIX), call("submit"))
    assert "Nothing was changed" in events(run, "acted")[0]["text"]
    assert status(run) == "verified"


def test_a_provider_is_given_the_tools_and_the_whole_conversation(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-test")
    with serve() as provider:
        provider.answers = [
            Said("", (("view", '{"path": "shape.py"}'),)),
            Said("", (("bash", json.dumps({"command": FIX})),)),
            Said("", (("submit", "{}"),)),
        ]
        more = {"model": "openai/some", "model_url": provider.address, "model_tools": True}
        chosen = settings(tmp_path).model_copy(update=more)
        task = Task(repository=str(repo.path), base_commit="HEAD", issue="area is wrong", test_command=CHECK)
        run = resolve(task, chosen)
    assert (run.strategy, status(run)) == ("tools", "verified")
    names = [tool["function"]["name"] for tool in provider.asked[0]["tools"]]
    assert names == ["bash", "view", "edit", "recall", "submit"]
    roles = [message["role"] for message in provider.asked[2]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool"]
    assert "return width + height" in provider.asked[2]["messages"][3]["content"]
