"""Batches of real solves whose engine, disk or model fails: a fault each, and the same command goes on afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.batch.executor import Threads
from memcoder_eval.batch.run import run_units
from memcoder_eval.batch.small import SmallSolve
from memcoder_eval.batch.units import Unit, Work
from memcoder_eval.results import Results

from memcoder import FaultError, HostedModel, Settings
from memcoder.models import patience
from tests.cli.test_full_disk import small_disk
from tests.memcoder_eval.batch.work import row_of, units
from tests.provider import Provider, Refusal, Said, serve

COUNT = 4


def run(work: Work, out: Path, workers: int = 1) -> list[dict[str, Any]]:
    return run_units(units(COUNT), work, Results(out, {}), Threads(workers), lambda line: None)


def stops(work: Work, out: Path, words: str) -> list[dict[str, Any]]:
    """The batch stops, and says why; the rows that it left."""
    with pytest.raises(FaultError, match=words) as raised:
        run(work, out)
    assert raised.value.exit_code == 5
    assert raised.value.hint.endswith("then repeat the command: what is done stays")
    return Results(out, {}).rows()


def test_an_engine_that_is_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(embedder="none", sandbox="docker")
    with monkeypatch.context() as dead:
        dead.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
        rows = stops(SmallSolve(tmp_path / "out", settings), tmp_path / "out", "no Docker engine answers")
    assert [(row["state"], row["category"]) for row in rows] == [("fault", "engine")], "the one in flight, and no more"
    local = SmallSolve(tmp_path / "out", settings.model_copy(update={"sandbox": "local"}))
    assert [row["resolved"] for row in run(local, tmp_path / "out", 2)] == [True] * COUNT


@dataclass(frozen=True)
class Asking:
    """Asks a hosted model and keeps what it says."""

    address: str

    def __call__(self, unit: Unit) -> dict[str, Any]:
        model = HostedModel("openai/some-model", base_url=self.address)
        return {"patch": model.chat([{"role": "user", "content": unit.instance}]).text}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-test")
    with serve() as found:
        yield found


@pytest.mark.parametrize(
    ("refusal", "words"),
    [(Refusal(503, "overloaded"), "overloaded"), (Refusal(402, "Insufficient Balance"), "no credit")],
)
def test_a_model_that_is_out(tmp_path: Path, provider: Provider, refusal: Refusal, words: str) -> None:
    provider.answers = [Said("a patch"), *[refusal] * 50]
    rows = stops(Asking(provider.address), tmp_path / "out", words)
    assert [row["state"] for row in rows] == ["ended", "fault"]
    assert rows[1]["category"] == "model"
    provider.answers.clear()
    assert [row["state"] for row in run(Asking(provider.address), tmp_path / "out")] == ["ended"] * COUNT
    assert len(Results(tmp_path / "out", {}).rows()) == COUNT + 1, "what ended was not asked again"


def test_a_disk_of_results_that_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "out") as disk:
        run_units(units(1), row_of, Results(tmp_path / "out", {}), Threads(1), lambda line: None)
        disk.fill()
        states = [row["state"] for row in stops(row_of, tmp_path / "out", "disk is full")]
        assert states in (["ended"], ["ended", "fault"]), "what was kept stands; of the next, a row may still fit"
        disk.free()
        assert run(row_of, tmp_path / "out") == [unit.head | {"state": "ended"} | row_of(unit) for unit in units(COUNT)]


def test_a_disk_of_the_work_that_is_full(tmp_path: Path) -> None:
    work = SmallSolve(tmp_path / "work", Settings(embedder="none", sandbox="local"))
    with small_disk(tmp_path / "work") as disk:
        disk.fill()
        (row,) = stops(work, tmp_path / "out", "disk is full")
        assert (row["state"], row["category"]) == ("fault", "disk")
        disk.free()
    assert [row["resolved"] for row in run(work, tmp_path / "out", 2)] == [True] * COUNT
