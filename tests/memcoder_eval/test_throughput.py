import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from memcoder_eval.batch import small
from memcoder_eval.throughput import run_benchmark

from memcoder import FaultError, Settings
from memcoder.cli.eval import command

SETTINGS = Settings(sandbox="local", embedder="none", max_attempts=1)


def test_every_arm_and_number_is_timed_once(tmp_path: Path) -> None:
    arms = ["threads-scripted", "threads-fixed"]
    report = run_benchmark(arms, [2], 2, 0.2, SETTINGS, tmp_path / "out", lambda line: None)
    told = {(arm["name"], row["workers"]): row for arm in report["arms"] for row in arm["workers"]}
    assert set(told) == {(arm, number) for arm in arms for number in (2,)}
    assert told["threads-fixed", 2]["seconds"] >= 0.2
    again = run_benchmark(arms, [2], 2, 0.2, SETTINGS, tmp_path / "out", lambda line: None)
    assert again == report, "it is resumed"


def test_the_command(tmp_path: Path) -> None:
    arguments = ["throughput", "--arms", "threads-scripted", "--workers", "2", "--units", "1", "--sandbox", "local"]
    shown = CliRunner().invoke(command, [*arguments, "--out", str(tmp_path), "--json"], catch_exceptions=False)
    report = json.loads(shown.stdout)
    assert (report["command"], report["arms"][0]["name"], report["arms"][0]["total"]) == (
        "throughput",
        "threads-scripted",
        1,
    )
    lines = CliRunner().invoke(command, [*arguments, "--out", str(tmp_path)], catch_exceptions=False).stdout
    assert lines.splitlines()[1].startswith("threads-scripted  2 ")
    wrong = CliRunner().invoke(command, ["throughput", "--workers", "two", "--out", str(tmp_path)])
    assert "no numbers of workers" in str(wrong.exception)


def test_units_that_fail_are_no_throughput(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "ANSWER", "I am a teapot.")
    with pytest.raises(FaultError, match="1 of 1 units were not solved"):
        run_benchmark(["threads-scripted"], [1], 1, 0.0, SETTINGS, tmp_path, lambda line: None)
