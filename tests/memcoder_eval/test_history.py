import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from memcoder_eval import history as benchmark
from memcoder_eval.dataset import load
from memcoder_eval.solving.campaign import Campaign

from memcoder import Repository, Settings, UsageError, Wanted
from memcoder.cli.eval import command
from tests.helpers import GitRepo
from tests.tasks.past import HALF, ROUNDED, START, TESTS


@pytest.fixture
def shop(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "example__shop")
    repo.commit("Start the shop", START)
    repo.commit("Closes #12", {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF})
    (tmp_path / "issues.jsonl").write_text('{"number": 12, "title": "Invoices are a cent short", "body": null}\n')
    return repo


def make(repo: Repository, settings: Settings, out: Path, *arms: str) -> dict[str, Any]:
    return benchmark.run_benchmark(repo, "example/shop", Wanted(), Campaign(arms, settings, out, out), print)


def test_tasks_are_made_and_the_fix_resolves_them(shop: GitRepo, tmp_path: Path) -> None:
    words = ["history", str(shop.path), "--issues", str(tmp_path / "issues.jsonl"), "--out", str(tmp_path / "out")]
    options = ["--sandbox", "local", "--arms", "gold,empty"]
    done = CliRunner().invoke(command, [*words, *options, "--json"], catch_exceptions=False)
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "out/report.json").read_text())
    assert document["arms"] == [
        {"name": "gold", "total": 1, "resolved": 1},
        {"name": "empty", "total": 1, "resolved": 0},
    ]
    assert document["rejected"] == {"a merge, or without a parent": 1}
    assert "at worst about" in done.stderr
    again = CliRunner().invoke(command, [*words, *options], catch_exceptions=False)
    assert "gold: 1 of 1 resolved" in again.stdout
    assert "proven; " not in again.stderr


def test_the_dataset_is_read_as_any_other(shop: GitRepo, tmp_path: Path) -> None:
    settings = Settings(sandbox="local")
    repo = Repository.open(shop.path)
    with pytest.raises(UsageError, match="unknown arms: silver"):
        make(repo, settings, tmp_path / "out", "silver")
    make(repo, settings, tmp_path / "out")
    assert not (tmp_path / "out/tasks/tasks.jsonl").read_text(), "the message alone says too little"
    settings = settings.model_copy(update={"test_command": "python -m unittest -v tests/test_money.py"})
    shop.commit(
        "Round prices to whole cents again", {"shop/money.py": START["shop/money.py"], "tests/test_money.py": TESTS}
    )
    shop.commit("Fix the rounding of half cents (#13)", {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF})
    document = make(repo, settings, tmp_path / "given")
    (instance,) = load(Path(document["tasks_file"]))
    assert instance.question.text == "Fix the rounding of half cents"
    assert (instance.question.repo, instance.question.base_commit) == ("example/shop", shop.git("rev-parse", "HEAD~1"))
    assert "13" in instance.question.numbers
    assert instance.fail_to_pass == ("tests.test_money.MoneyTests::test_half",)
    assert instance.pass_to_pass == ("tests.test_money.MoneyTests::test_whole",)
    assert (instance.row["test_cmd"], instance.row["runner"]) == (settings.test_command, "given")


def test_arms_solve_what_was_made(shop: GitRepo, tmp_path: Path) -> None:
    shop.commit("Round half a cent down again", {"shop/money.py": START["shop/money.py"], "tests/test_money.py": TESTS})
    shop.commit("Half a cent is rounded up, not away", {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF})
    script = tmp_path / "script.jsonl"
    right, wrong = (json.dumps(f"```python\n{source}```\n") for source in (ROUNDED, START["shop/money.py"]))
    script.write_text("\n".join([right, *[wrong] * 8]) + "\n")
    own = {"sandbox": "local", "embedder": "hashing", "reproduce": False, "max_attempts": 1, "strategy": "staged"}
    settings = Settings.model_validate(own | {"model": f"scripted:{script}"})
    out = tmp_path / "out"
    document = make(Repository.open(shop.path), settings, out, "gold", "none", "raw")
    assert [(arm["name"], arm["total"], arm["resolved"]) for arm in document["arms"]] == [
        ("gold", 1, 1),
        ("none", 1, 1),
        ("raw", 1, 0),
    ]
    (pair,) = document["pairs"]
    assert (pair["arm"], pair["against"], pair["of"]) == ("raw", "none", 1)
    before = (out / "results.jsonl").read_bytes()
    assert make(Repository.open(shop.path), settings, out, "gold", "none", "raw")["arms"] == document["arms"]
    assert (out / "results.jsonl").read_bytes() == before, "nothing is solved twice"
