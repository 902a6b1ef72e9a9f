"""Ray with two local workers: the rows of threads, and a lost worker costs its unit no more than another try."""

from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.batch.executor import Executor, Threads
from memcoder_eval.batch.over_ray import Ray
from memcoder_eval.batch.run import run_units
from memcoder_eval.batch.units import Work
from memcoder_eval.results import Results

from memcoder import MissingError
from tests.memcoder_eval.batch.work import Dying, Failing, row_of, units

COUNT = 8


def rows(out: Path, executor: Executor, work: Work) -> list[dict[str, Any]]:
    results = Results(out, {})
    found = run_units(units(COUNT), work, results, executor, lambda line: None)
    assert len(results.rows()) == COUNT
    return found


def test_two_workers_give_the_rows_of_threads_though_one_dies_and_one_unit_fails(tmp_path: Path) -> None:
    failing = Failing(units(COUNT)[5].key)
    work = Dying(units(COUNT)[3].key, tmp_path / "died", failing)
    found = rows(tmp_path / "ray", Ray("local", 2), work)
    assert (tmp_path / "died").exists(), "it killed its worker"
    assert found == rows(tmp_path / "threads", Threads(2), failing)
    assert found[5]["category"] == "missing"
    assert found[3]["resolved"] == row_of(units(COUNT)[3])["resolved"]
    assert "no clone" in (tmp_path / "ray" / "logs" / f"{units(COUNT)[5].key}.log").read_text()


def test_an_address_where_nothing_answers(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with pytest.raises(MissingError, match="no Ray cluster answers"):
        rows(tmp_path, Ray("127.0.0.1:9"), row_of)
