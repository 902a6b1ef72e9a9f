"""`memcoder resume`: a run goes on by its name alone, with what it was asked for."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from memcoder.cli.main import cli
from memcoder.errors import FaultError, LimitError, UsageError
from memcoder.runs.log import EVENTS
from memcoder.runs.store import RunStore
from tests.agent.test_resolve import RIGHT, SOURCE, WRONG
from tests.cli.test_interruption import TEST
from tests.helpers import GitRepo


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST})
    return made


def script(tmp_path: Path, *replies: Any) -> Path:
    path = tmp_path / "script.jsonl"
    path.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    return path


def memcoder(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(words), standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.return_value, result.stdout


def solve(repo: GitRepo, tmp_path: Path, *options: str) -> tuple[int, str]:
    words = ["--issue", "area(2, 3) should be 6", "--test", "python -m unittest -v", "--sandbox", "local"]
    return memcoder("solve", str(repo.path), *words, "--model", f"scripted:{tmp_path}/script.jsonl", *options)


def test_a_run_that_failed_goes_on_as_it_was_asked_for(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, WRONG)
    with pytest.raises(FaultError, match="no more replies") as failed:
        solve(repo, tmp_path, "--apply", "--seed", "5")
    run_id = RunStore.open().load("last").id
    assert f"run {run_id} is kept: `memcoder resume {run_id}`" in failed.value.hint
    monkeypatch.setenv("MEMCODER_MAX_ATTEMPTS", "1")  # its own settings count, not those of today
    monkeypatch.chdir(tmp_path)
    script(tmp_path, RIGHT)
    assert memcoder("resume", run_id[:15])[0] == 0
    assert "width * height" in (repo.path / "shape.py").read_text()
    (run,) = RunStore.open().all()
    assert (run.usage.calls, run.seed, run.delivered and run.delivered.files) == (2, 5, ("shape.py",))
    with pytest.raises(UsageError, match="has ended"):
        memcoder("resume", "last")
    assert memcoder("undo", "last")[1] == "took the patch out of shape.py\n"
    assert (repo.path / "shape.py").read_text() == SOURCE


def test_a_run_that_a_limit_stopped_goes_on_once_it_is_raised(repo: GitRepo, tmp_path: Path) -> None:
    script(tmp_path, WRONG)
    assert solve(repo, tmp_path, "--max-steps", "1")[0] == 4
    before = RunStore.open().load("last")
    assert before.state == "stopped"
    with pytest.raises(LimitError, match="1 model calls") as refused:
        memcoder("resume", "last")
    assert "--max-steps" in refused.value.hint
    assert RunStore.open().load("last") == before
    script(tmp_path, RIGHT)
    code, out = memcoder("resume", "last", "--max-steps", "9", "--commit", "--json")
    assert (code, json.loads(out)["verdict"]) == (0, "verified")
    (run,) = RunStore.open().all()
    assert (run.state, run.usage.calls, run.error) == ("done", 2, "")
    assert [attempt.passed for attempt in run.attempts] == [False, True]
    assert "resumed, with higher limits" in [moment.what for moment in run.timeline]
    assert repo.git("log", "-1", "--format=%s") == "Fix: area(2, 3) should be 6"
    assert repo.git("status", "--porcelain") == ""


CALLS = [
    {"text": "", "tool_calls": [{"name": "bash", "arguments": {"command": command}}]}
    for command in ("echo one", "sed -i 's/+ height/* height/' shape.py")
]
SUBMIT = {"text": "", "tool_calls": [{"name": "submit", "arguments": {}}]}


def test_a_stopped_conversation_goes_on_where_it_was(repo: GitRepo, tmp_path: Path) -> None:
    script(tmp_path, CALLS[0])
    assert solve(repo, tmp_path, "--max-steps", "1", "--strategy", "tools")[0] == 4
    script(tmp_path, CALLS[1], SUBMIT)
    assert memcoder("resume", "last", "--max-steps", "9")[0] == 0
    (run,) = RunStore.open().all()
    assert (run.strategy, run.usage.calls) == ("tools", 3)
    steps = [moment.what for moment in run.timeline if moment.what.startswith("bash")]
    assert steps == [f"bash {call['tool_calls'][0]['arguments']['command']}" for call in CALLS]  # type: ignore[index]


@pytest.mark.parametrize("seed", [None, "7"])
def test_a_record_without_settings_is_resumed_where_those_of_today_are_its_own(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: str | None
) -> None:
    monkeypatch.setenv("MEMCODER_SANDBOX", "local")
    script(tmp_path, WRONG)
    with pytest.raises(FaultError):
        solve(repo, tmp_path, *(["--max-steps", seed] if seed else []))
    log = RunStore.open().path("last") / EVENTS
    first, _, rest = log.read_text().partition("\n")
    old = {key: value for key, value in json.loads(first).items() if key not in ("settings", "delivery")}
    log.write_text("\n".join([json.dumps(old), rest]))
    script(tmp_path, RIGHT)
    if seed is None:
        assert memcoder("resume", "last")[0] == 0
    else:
        with pytest.raises(UsageError, match="does not say all its settings"):
            memcoder("resume", "last")


def test_asking_needs_a_terminal(repo: GitRepo, tmp_path: Path) -> None:
    script(tmp_path, SUBMIT)
    with pytest.raises(UsageError, match="this is none"):
        solve(repo, tmp_path, "--mode", "confirm")
    assert RunStore.open().all() == []
