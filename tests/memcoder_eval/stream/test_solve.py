"""Streams that are solved: by memcoder's own agent with a scripted model, graded by the tasks' own tests."""

import json
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval import history
from memcoder_eval.batch.executor import Threads
from memcoder_eval.dataset import load
from memcoder_eval.solving.campaign import Campaign
from memcoder_eval.stream.benchmark import run_benchmark
from memcoder_eval.stream.solve import solving

from memcoder import Repository, Settings, SharedBudget, Wanted
from tests.helpers import GitRepo
from tests.tasks.past import HALF, ROUNDED, START, TESTS, ZERO

ZEROED = ROUNDED.replace("    return", "    if not amount:\n        return 0\n    return")
NOTHING = TESTS + HALF + ZERO.replace("round_cents(0), 0", "round_cents(None), 0")


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """Two tasks of a shop's past."""
    repo = GitRepo(tmp_path / "clones" / "example__shop")
    repo.commit("Start the shop", START)
    repo.commit("Half a cent is rounded up, not away", {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF})
    repo.commit("Half a cent of nothing is nothing", {"shop/money.py": ZEROED, "tests/test_money.py": NOTHING})
    out = tmp_path / "made"
    campaign = Campaign((), Settings(sandbox="local"), out, out)
    made = history.run_benchmark(Repository.open(repo.path), "example/shop", Wanted(), campaign, print)
    assert len(made["tasks"]) == 2
    return Path(made["tasks_file"])


def test_tasks_are_solved_in_turn_and_what_was_accepted_is_recalled(tasks: Path, tmp_path: Path) -> None:
    script, out, clones = tmp_path / "script.jsonl", tmp_path / "out", tmp_path / "clones"
    answers = [f"```python\n{source}```\n" for source in (ROUNDED, ZEROED, START["shop/money.py"], ZEROED)]
    script.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    own = {"sandbox": "local", "embedder": "hashing", "reproduce": False, "max_attempts": 1, "strategy": "staged"}
    settings = Settings.model_validate(own | {"model": f"scripted:{script}"})
    instances = load(tasks)
    with solving(instances, clones, settings, out, Threads(1), SharedBudget(), 60.0, print) as solve:
        report = run_benchmark(tasks, instances, clones, ["off", "accepted"], settings, out, print, solve=solve)

    def told(policy: str) -> list[tuple[Any, ...]]:
        rows = [row for row in report["instances"] if row["arm"] == policy]
        return [(row["place"], row["resolved"], len(row["fixes"])) for row in rows]

    assert told("off") == [(1, True, 0), (2, True, 0)]
    assert told("accepted") == [(1, False, 0), (2, True, 1)]
    assert [arm["resolved"]["hits"] for arm in report["arms"]] == [2, 1]
    shown = next((out / "runs" / "accepted" / instances[0].id).glob("*/trajectory.jsonl")).read_text()
    assert f"fix-{instances[1].id}" in shown, "the agent itself was shown the fix, and not its figures alone"
