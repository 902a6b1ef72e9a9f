from pathlib import Path
from typing import Any

import pytest
from memcoder_eval import conventions

from memcoder import MissingError
from memcoder.cli.eval_conventions import print_tables
from tests.memory.conventions.conftest import add_fixes, make_project


def run(folder: Path, *names: str) -> dict[str, Any]:
    return conventions.run_benchmark(folder, names, 0.8, lambda line: None)


def test_what_goes_on_as_before_is_found_again_and_what_is_given_up_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_fixes(make_project(tmp_path / "steady", 40), 11, tested=True, start=100)
    add_fixes(make_project(tmp_path / "fickle", 40), 11, tested=False, start=100)
    report = run(tmp_path, "steady", "fickle")
    steady, fickle = report["arms"]
    later = {}
    for arm in (steady, fickle):
        rows = [row for row in arm["conventions"] if (row["rule"], row["area"], row["kind"]) == ("tests", "", "fix")]
        assert rows[0]["rate"] > 0.9
        later[arm["name"]] = (rows[0]["later_count"], rows[0]["later_total"])
    assert later["steady"] == (11, 11)
    assert later["fickle"][0] < later["fickle"][1]
    assert steady["calibration"][-1]["held"] > 0.95 > fickle["calibration"][-1]["held"]
    assert {arm["total"] for arm in (steady, fickle)} == {len(arm["conventions"]) for arm in (steady, fickle)}
    print_tables(report)
    shown = capsys.readouterr().out
    assert "80% to 100%" in shown
    assert "by rule" in shown


def test_a_repository_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no nope"):
        run(tmp_path, "nope")
    with pytest.raises(MissingError, match="no git repositories"):
        run(tmp_path)
