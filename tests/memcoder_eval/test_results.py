import json
from pathlib import Path

import pytest
from memcoder_eval.results import Results

from memcoder import UsageError


def test_rows_come_back_in_their_order(tmp_path: Path) -> None:
    results = Results(tmp_path / "out", {"seed": 0})
    for number in range(3):
        results.add({"number": number, "text": "two\nlines\u2028"})
    assert [row["number"] for row in Results(tmp_path / "out", {"seed": 0}).rows()] == [0, 1, 2]


def test_a_row_is_appended_not_the_file_rewritten(tmp_path: Path) -> None:
    results = Results(tmp_path, {})
    results.add({"number": 0})
    before = (tmp_path / "results.jsonl").stat().st_ino
    results.add({"number": 1})
    assert (tmp_path / "results.jsonl").stat().st_ino == before


def test_a_line_that_was_cut_off_is_left_out_and_not_continued(tmp_path: Path) -> None:
    results = Results(tmp_path, {})
    results.add({"number": 0})
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write('{"number": 1, "te')
    assert [row["number"] for row in results.rows()] == [0]
    again = Results(tmp_path, {})
    again.add({"number": 2})
    assert [row["number"] for row in again.rows()] == [0, 2]
    assert [json.loads(line)["number"] for line in (tmp_path / "results.jsonl").read_text().splitlines()] == [0, 2]


def test_results_of_other_settings_are_refused(tmp_path: Path) -> None:
    Results(tmp_path, {"seed": 0})
    with pytest.raises(UsageError, match="other settings"):
        Results(tmp_path, {"seed": 1})
