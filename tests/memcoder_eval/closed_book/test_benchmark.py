"""The whole benchmark on a tiny random model: real training, real examination, cut off and gone on with."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from memcoder_eval.closed_book import benchmark, exam, library, models
from memcoder_eval.closed_book.benchmark import run_benchmark
from memcoder_eval.closed_book.plan import ARMS

from memcoder import LimitError, MissingError, Training, UsageError, probe
from memcoder.cli.eval import command

QUICK = Training(rank=2, epochs=1, batch=32, learning_rate=1e-2, max_length=96)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two functions a round and five items of the probe, so that a test ends in seconds."""
    monkeypatch.setattr(library, "FUNCTIONS_A_ROUND", 2)
    monkeypatch.setattr(exam, "probe", lambda: probe()[:5])
    monkeypatch.setattr(benchmark, "settings", lambda seed: QUICK.model_copy(update={"seed": seed}))


def run(base: Path, out: Path, rounds: int = 2, arms: tuple[str, ...] = ARMS, **more: Any) -> dict[str, Any]:
    said: list[str] = more.pop("said", [])
    return run_benchmark(arms, "tiny", base, 0, rounds, more.get("max_time", 600.0), out, said.append)


def test_a_whole_run_tells_every_arm_and_each_round(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    report = run(tiny, tmp_path, said=said)
    assert "at worst 20 minutes" in said[0]
    assert [arm["name"] for arm in report["arms"]] == list(ARMS)
    assert all(arm["total"] == 2 * 6 * 3 for arm in report["arms"])
    by_name = {arm["name"]: arm for arm in report["arms"]}
    for name in ("base", "open_book", "adapter"):
        assert report[name] == by_name[name]["score"]
        assert 0 <= report[name] <= 1
    assert report["forgetting"] == by_name["adapter"]["forgetting"]
    assert 0 <= by_name["adapter-no-rehearsal"]["forgetting"] <= 1
    first = [by_name[name]["first_round"][0] for name in ("adapter", "adapter-no-rehearsal")]
    assert first[0] == first[1]
    assert [one["round"] for one in report["rounds"]] == [1, 2]
    assert report["targets"]["forgetting"] is None
    trained = sorted(path.parent.name for path in tmp_path.glob("adapters/*/adapter"))
    assert trained == ["adapter-2", "adapter-no-rehearsal-2", "first-1"]


def test_what_was_cut_off_goes_on_and_ends_alike(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(tiny, tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    rows = (tmp_path / "cut" / "results.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "cut" / "results.jsonl").write_text("".join(rows[:6]) + rows[6][:20])
    shutil.rmtree(tmp_path / "cut" / "adapters" / "adapter-2")
    said: list[str] = []
    assert run(tiny, tmp_path / "cut", said=said) == whole
    assert "6 done" in said[0]
    assert [line for line in said if "training" in line] == ["adapter: training round 2 on 114 examples"]
    monkeypatch.setattr(models, "Judge", None)  # nothing is left to be asked
    assert run(tiny, tmp_path / "cut") == whole


@pytest.mark.slow
def test_rounds_can_be_added(tiny: Path, tmp_path: Path) -> None:
    one = run(tiny, tmp_path, rounds=1)
    assert one["forgetting"] is None
    said: list[str] = []
    two = run(tiny, tmp_path, said=said)
    assert two["rounds"][0]["learned"] == one["rounds"][0]["learned"]
    assert not any("training round 1" in line for line in said)


def test_an_arm_alone_leaves_the_others_out(tiny: Path, tmp_path: Path) -> None:
    report = run(tiny, tmp_path, arms=("open_book",))
    assert report["base"] is report["adapter"] is report["forgetting"] is None
    assert report["targets"]["adapter"] is None
    assert not (tmp_path / "adapters").exists()


def test_when_the_time_is_over_it_stops_and_what_is_done_stays(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="over") as stopped:
        run(tiny, tmp_path, max_time=1e-9)
    assert "--out" in stopped.value.hint


def test_results_of_other_settings_and_unknown_arms_are_refused(tiny: Path, tmp_path: Path) -> None:
    run(tiny, tmp_path, rounds=1, arms=("base",))
    with pytest.raises(UsageError, match="other settings"):
        run_benchmark(("base",), "tiny", tiny, 1, 1, 600.0, tmp_path, lambda line: None)
    with pytest.raises(UsageError, match="unknown arms"):
        run(tiny, tmp_path, arms=("adaptor",))


def test_the_command_prints_one_document_and_keeps_it(tiny: Path, tmp_path: Path) -> None:
    arguments = ["closed-book", "--model", str(tiny), "--arms", "base", "--rounds", "1", "--seed", "3"]
    ran = CliRunner().invoke(command, [*arguments, "--out", str(tmp_path / "out"), "--json"], catch_exceptions=False)
    report = json.loads(ran.stdout)
    assert (report["command"], report["seed"], report["model"]) == ("closed-book", 3, str(tiny))
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    table = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert "target base:" in table.stdout
    assert "at worst 30 minutes" in table.stderr


def test_a_base_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="not there"):
        CliRunner().invoke(command, ["closed-book", "--model", str(tmp_path / "none")], catch_exceptions=False)
