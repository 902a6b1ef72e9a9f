import json
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.repair.benchmark import _pair, run_benchmark
from memcoder_eval.repair.programs import choose

from memcoder import BudgetError, Settings, SharedBudget, UsageError
from memcoder.records import Usage

ANSWER = "Wrong sign.\n```python\ndef double(n):\n    return n * 2\n```\n"


def run(layout: Path, settings: Settings, out: Path, budget: SharedBudget | None = None) -> dict[str, Any]:
    chosen = choose(layout, ["double"])
    return run_benchmark(layout, chosen, ["one-shot"], settings, out, lambda line: None, budget)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.jsonl"
    path.write_text(json.dumps(ANSWER) + "\n")
    return path


@pytest.fixture
def settings(script: Path) -> Settings:
    return Settings(model=f"scripted:{script}", sandbox="local", embedder="hashing", max_time=900.0)


def test_results_are_kept_and_the_corrected_file_is_nowhere(
    layout: Path, settings: Settings, script: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = run(layout, settings, out)
    (arm,) = report["arms"]
    assert (arm["name"], arm["total"], arm["solved"], arm["attempts"]) == ("one-shot", 1, 1, 1)
    assert arm["interval"] == [20.7, 100.0]
    # The control: the answer's mark is where it was planted, so a leak would be found.
    assert "THE-ANSWER" in (layout / "correct_python_programs/double.py").read_text()
    for path in out.rglob("*"):
        if path.is_file():
            assert b"THE-ANSWER" not in path.read_bytes(), path
    script.write_text("")  # no reply is left: what is done is not done again
    assert run(layout, settings, out) == report


def test_all_runs_share_a_budget_and_go_on_with_a_larger_one(layout: Path, settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    spent = out / "spent.json"
    SharedBudget(spent).charge(Usage(calls=1, tokens_in=100))
    with pytest.raises(BudgetError, match="100 tokens"):
        run(layout, settings, out, SharedBudget(spent, max_tokens=100))
    more = SharedBudget(spent, max_tokens=101)
    report = run(layout, settings, out, more)
    assert report["arms"][0]["solved"] == 1
    assert more.spent.calls == 2


def test_a_limit_of_steps_ends_an_arm(layout: Path, settings: Settings, script: Path, tmp_path: Path) -> None:
    script.write_text("".join(json.dumps(f"```python\ndef double(n):\n    return {n}\n```") + "\n" for n in range(9)))
    chosen = choose(layout, ["double"])
    report = run_benchmark(layout, chosen, ["staged"], settings, tmp_path / "out", lambda line: None, max_steps=2)
    (row,) = report["programs"]
    assert row["calls"] == 2
    assert "2 model calls" in row["ended"]


def test_other_settings_do_not_mix_with_old_results(layout: Path, settings: Settings, tmp_path: Path) -> None:
    run(layout, settings, tmp_path / "out")
    other = settings.model_copy(update={"seed": 1})
    with pytest.raises(UsageError, match="other settings"):
        run(layout, other, tmp_path / "out")


def test_unknown_arms_are_refused_before_anything_is_made(layout: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nope"):
        run_benchmark(layout, choose(layout), ["nope"], Settings(), tmp_path / "out", lambda line: None)
    assert not (tmp_path / "out").exists()


def test_pairs_count_what_both_arms_had() -> None:
    rows = [
        {"arm": arm, "program": name, "solved": name in solved}
        for arm, names, solved in (("old", "abcd", "ab"), ("new", "abce", "bce"))
        for name in names
    ]
    pair = _pair("new", "old", rows)
    assert pair == {"arm": "new", "against": "old", "won": 1, "lost": 1, "both": 1, "of": 3, "p": 1.0}
