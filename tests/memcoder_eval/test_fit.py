from pathlib import Path

import pytest
from memcoder_eval.fit import run_benchmark

from memcoder import Settings, UsageError
from memcoder.cli.eval_fit import print_report
from tests.memory.conventions.conftest import make_project

SETTINGS = Settings(embedder="hashing", sandbox="local")


def test_merged_fixes_beside_spoiled_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path / "clones" / "app", 80)
    said: list[str] = []
    arguments = (tmp_path / "clones", ["app"], 3, tmp_path / "stores", SETTINGS, False, tmp_path / "out")
    report = run_benchmark(*arguments, said.append)
    whole, arm = report["arms"]
    assert (whole["total"], arm["name"], arm["total"]) == (3, "app", 3)
    dropped = arm["ways"]["tests dropped"]
    assert (dropped["better"]["hits"], dropped["better"]["total"], dropped["worse"]) == (3, 3, 0)
    assert arm["complaints"]["hits"] == 0
    rows = report["fixes"]
    assert all(row["fits"]["merged"]["score"] == 1.0 for row in rows)
    assert all(row["fits"]["tests dropped"]["broken"][0][0] == "tests" for row in rows)
    assert run_benchmark(*arguments, said.append) == report
    assert sum("merged" in line for line in said) == 3, "what is done is not done again"
    print_report(report)
    assert "tests dropped" in capsys.readouterr().out


def test_without_a_name_nothing_is_looked_at(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no repository was named"):
        run_benchmark(tmp_path, [], 3, tmp_path / "stores", SETTINGS, False, tmp_path / "out", print)
    assert not (tmp_path / "out").exists()
