"""Every arm does what a step is; times are not judged, as machines that run tests are busy."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from memcoder_eval import minisweagent
from memcoder_eval.overhead import benchmark
from memcoder_eval.overhead.benchmark import ARMS, default_arms, run_benchmark
from memcoder_eval.repositories import commit_all

from memcoder import Environment, FaultError, MissingError, Settings, UsageError, prepare
from memcoder.cli.eval import command

FIGURES = {
    "name",
    "total",
    "median_ms_first_100",
    "median_ms_last_100",
    "p95_ms",
    "mean_ms",
    "own_ms_first_100",
    "own_ms_last_100",
}
SANDBOXES = ["local", pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Environment:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "hello.py").write_text("print('hello')\n")
    return prepare(repository, commit_all(repository, "Add a file"), Settings(sandbox=request.param))


@pytest.mark.parametrize("environment", SANDBOXES, indirect=True)
def test_memcoder_s_steps_are_in_the_run_s_log(environment: Environment, tmp_path: Path) -> None:
    with ARMS["memcoder"](environment, tmp_path, 4) as step:
        for _ in range(4):
            step()
        with pytest.raises(FaultError, match="no more replies"):
            step()
    (log,) = tmp_path.glob("runs/*/trajectory.jsonl")
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [event["event"] for event in events] == ["started", *["call", "acted"] * 4]
    assert [(event["arguments"], event["text"]) for event in events if event["event"] == "acted"] == [
        ({"command": "true"}, "exit code 0")
    ] * 4


@pytest.mark.parametrize("environment", SANDBOXES, indirect=True)
def test_mini_s_steps_are_in_its_trajectory(environment: Environment, tmp_path: Path) -> None:
    with ARMS["mini"](environment, tmp_path, 3) as step:
        for _ in range(3):
            step()
    messages = json.loads((tmp_path / "mini.traj.json").read_text())["messages"]
    assert [message["role"] for message in messages] == ["system", "user", *["assistant", "user"] * 3]
    assert "Look whether `true` still succeeds." in messages[1]["content"]
    assert messages[-2]["extra"]["actions"] == [{"command": "true"}]
    assert "<returncode>0</returncode>" in messages[-1]["content"]


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_all_arms_in_one_document(tmp_path: Path, sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "BLOCK", 2)
    arguments = ["overhead", "--steps", "5", "--sandbox", sandbox, "--json", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    document: dict[str, Any] = json.loads(done.stdout)
    assert json.loads((tmp_path / "out/report.json").read_text()) == document
    assert (document["command"], document["sandbox"], document["steps"]) == ("overhead", sandbox, 5)
    assert document["checkpoint_ms"] > 0
    assert [(arm["name"], arm["total"]) for arm in document["arms"]] == [("memcoder", 5), ("bare", 5), ("mini", 5)]
    for arm in document["arms"]:
        assert set(arm) == FIGURES
        assert 0 < arm["median_ms_first_100"] <= arm["p95_ms"]
    assert "5 steps an arm" in done.stderr


def test_arms_that_cannot_run_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="nope"):
        run_benchmark(1, ["nope"], Settings(sandbox="local"), print)
    assert default_arms() == ["memcoder", "bare", "mini"]
    monkeypatch.setattr(minisweagent, "_version", lambda: None)
    assert default_arms() == ["memcoder", "bare"]
    with pytest.raises(MissingError, match="mini-swe-agent"):
        run_benchmark(1, ["mini"], Settings(sandbox="local"), print)


def test_the_table_names_every_figure(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["overhead", "--steps", "2", "--sandbox", "local", "--arms", "memcoder,bare"])
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["arm", "memcoder", "bare"]
    assert "of 2" in lines[3]
