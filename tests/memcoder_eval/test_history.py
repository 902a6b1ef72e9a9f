import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from memcoder_eval import history as benchmark
from memcoder_eval.dataset import load

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
        benchmark.run_benchmark(repo, "example/shop", Wanted(), ["silver"], settings, tmp_path / "out", print)
    benchmark.run_benchmark(repo, "example/shop", Wanted(), [], settings, tmp_path / "out", print)
    assert not (tmp_path / "out/tasks/tasks.jsonl").read_text(), "the message alone says too little"
    settings = settings.model_copy(update={"test_command": "python -m unittest -v tests/test_money.py"})
    shop.commit(
        "Round prices to whole cents again", {"shop/money.py": START["shop/money.py"], "tests/test_money.py": TESTS}
    )
    shop.commit("Fix the rounding of half cents (#13)", {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF})
    document = benchmark.run_benchmark(repo, "example/shop", Wanted(), [], settings, tmp_path / "given", print)
    (instance,) = load(Path(document["tasks_file"]))
    assert instance.question.text == "Fix the rounding of half cents"
    assert (instance.question.repo, instance.question.base_commit) == ("example/shop", shop.git("rev-parse", "HEAD~1"))
    assert "13" in instance.question.numbers
    assert instance.fail_to_pass == ("tests.test_money.MoneyTests::test_half",)
    assert instance.pass_to_pass == ("tests.test_money.MoneyTests::test_whole",)
    assert (instance.row["test_cmd"], instance.row["runner"]) == (settings.test_command, "given")
