"""`memcoder runs` and `memcoder show` over runs that were written here."""

import json
from pathlib import Path

from click.testing import CliRunner

from memcoder.cli.main import cli
from memcoder.errors import UsageError
from memcoder.records import Task
from memcoder.runs.store import RunStore


def begun(repository: Path, state: str) -> str:
    task = Task(repository=str(repository), base_commit="c", issue="An issue\x1b[2J")
    with RunStore.open().create(task, model="m", strategy="staged", seed=0, fingerprint="f") as log:
        if state == "faulted":
            log.append("faulted", error="the engine is gone\nforged line", seconds=3.0)
        elif state != "running":
            log.append("finished", state=state, error="a limit" if state == "stopped" else "")
        return log.id


def listed(*options: str) -> list[str]:
    result = CliRunner().invoke(cli, ["runs", "--json", *options], standalone_mode=False)
    assert result.exception is None
    return [row["run"] for row in json.loads(result.stdout)["runs"]]


def test_runs_are_filtered_by_state_repository_and_number(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "deep").mkdir(parents=True)
    ids = [begun(where, state) for where in (here, there) for state in ("running", "done", "stopped", "faulted")]
    assert listed() == ids
    assert listed("--state", "stopped") == [ids[2], ids[6]]
    assert listed("--repo", str(here / "deep")) == ids[:4]
    assert listed("--limit", "3") == ids[-3:]
    assert listed("--state", "faulted", "--repo", str(there), "--limit", "1") == [ids[7]]
    none = CliRunner().invoke(cli, ["runs", "--repo", str(tmp_path)], standalone_mode=False)
    assert "no such runs" in none.stderr
    nowhere = CliRunner().invoke(cli, ["runs", "--runs", str(tmp_path / "nowhere")], standalone_mode=False)
    assert isinstance(nowhere.exception, UsageError)


def test_a_run_is_shown_with_its_timeline_and_no_line_is_forged(tmp_path: Path) -> None:
    begun(tmp_path, "faulted")
    shown = CliRunner().invoke(cli, ["show", "last"], standalone_mode=False).stdout
    assert "   0:03 fault: the engine is gone\n" in shown
    assert "forged" not in shown
    assert "\x1b[2J" not in shown
