"""Streams on a small repository: the order, what each policy writes back, who may see it, and going on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from memcoder_eval.dataset import Instance, load
from memcoder_eval.stream.benchmark import run_benchmark

from memcoder import FaultError, Settings
from memcoder.cli.eval import command
from tests.helpers import GitRepo
from tests.memcoder_eval.stream.solver import Scripted

SETTINGS = Settings(embedder="none", model="scripted:none")
Rows = list[dict[str, Any]]
FIRST, SECOND, THIRD = (f"example__shop-{number}" for number in (21, 22, 23))


@pytest.fixture
def stream(shop: tuple[GitRepo, dict[str, str]], dataset: Callable[..., Path]) -> Path:
    """Three tasks: the first at one commit, the third at a later one, the second in between at a commit beside both.

    In the file they stand in another order.
    """
    repo, shas = shop
    repo.git("checkout", "--quiet", "-b", "side", shas["money"])
    side = repo.commit("Something else", {"other.py": "X = 1\n"})
    repo.git("checkout", "--quiet", "main")

    def task(name: str, base: str, fix: str, time: str, text: str) -> dict[str, Any]:
        patch = repo.git("diff", f"{fix}~1", fix) + "\n"
        row = {"instance_id": name, "repo": "example/shop", "base_commit": base, "problem_statement": text}
        return row | {"patch": patch, "created_at": time}

    cents = "Halves get lost: the total is a cent short\n\nInvoices of three articles."
    return dataset(
        [
            task(THIRD, shas["rounding"], shas["reserve"], "2024-03-01T00:00:00Z", f"{cents} Once more, in the cellar"),
            task(SECOND, side, shas["cart"], "2024-02-01T00:00:00Z", f"{cents} On the side"),
            task(FIRST, shas["tests"], shas["rounding"], "2024-01-01T00:00:00Z", cents),
        ]
    )


def run(file: Path, out: Path, policies: list[str], **more: Any) -> dict[str, Any]:
    clones = file.parent / "clones"
    return run_benchmark(file, load(file), clones, policies, SETTINGS, out, lambda line: None, **more)


def rows_of(report: dict[str, Any], policy: str) -> Rows:
    return [row for row in report["instances"] if row["arm"] == policy]


def test_tasks_come_in_the_order_of_time_and_see_what_was_accepted_before_them(stream: Path, tmp_path: Path) -> None:
    report = run(stream, tmp_path / "out", ["off", "none", "accepted"])
    for policy in ("off", "none", "accepted"):
        assert [row["instance"] for row in rows_of(report, policy)] == [FIRST, SECOND, THIRD]
    assert [row["fixes"] for row in rows_of(report, "none")] == [[], [], []]
    first, second, third = rows_of(report, "accepted")
    assert (first["fixes"], second["fixes"]) == ([], []), (
        "none came before the first; none is an ancestor of the second"
    )
    assert third["fixes"] == [f"fix-{FIRST}"], "what was accepted on the side is not in its past"
    assert [row["memories"] for row in rows_of(report, "off")] == [[], [], []]
    (arm,) = [arm for arm in report["arms"] if arm["name"] == "accepted"]
    assert (arm["total"], arm["ended"], arm["with_fixes"]) == (3, 3, 1)
    curve = report["curves"]["accepted"]["example__shop"]["recall@5"]
    assert (len(curve), curve[-1]) == (3, pytest.approx(arm["recall@5"]["percent"] / 100, abs=1e-3))


def test_what_was_merged_is_seen_by_those_whose_history_has_it(stream: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in stream.read_text().splitlines()]
    third, _, first = rows
    early = third | {"instance_id": "example__shop-24", "base_commit": first["base_commit"]}
    stream.write_text("".join(json.dumps(row) + "\n" for row in (first, early, third)))
    report = run(stream, tmp_path / "out", ["accepted", "merged"])
    accepted = {row["instance"]: row["fixes"] for row in rows_of(report, "accepted")}
    merged = {row["instance"]: row["fixes"] for row in rows_of(report, "merged")}
    assert accepted["example__shop-24"] == [f"fix-{FIRST}"], "accepted at once, while its base commit lacks the fix"
    assert merged["example__shop-24"] == []
    assert merged[THIRD] == [f"fix-{FIRST}"]


def test_a_stream_leaves_no_memory_behind(stream: Path, tmp_path: Path, isolated: Path) -> None:
    run(stream, tmp_path / "out", ["accepted"], stores=tmp_path / "mined")
    assert list((tmp_path / "out" / "stores").iterdir()) == []
    assert not (isolated / "memcoder" / "stores").exists(), "the user's own store is another"
    report = run(stream, tmp_path / "again", ["none"], stores=tmp_path / "mined")
    assert [row["fixes"] for row in rows_of(report, "none")] == [[], [], []]


def test_only_verified_patches_of_its_own_are_written_back(stream: Path, tmp_path: Path) -> None:
    solver = Scripted(tmp_path / "clones", {FIRST: "verified", SECOND: "unverified"})
    report = run(stream, tmp_path / "out", ["verified"], solve=solver)
    assert solver.seen == {FIRST: [], SECOND: [f"fix-{FIRST}"], THIRD: [f"fix-{FIRST}"]}
    (arm,) = report["arms"]
    assert (arm["resolved"]["hits"], arm["tokens"], arm["cost"]) == (1, 30, 1.5)
    assert report["curves"]["verified"]["example__shop"]["resolved"] == [1.0, 0.5, 0.3333]


def test_without_memory_an_attempt_gets_no_store(stream: Path, tmp_path: Path) -> None:
    solver = Scripted(tmp_path / "clones", {})
    run(stream, tmp_path / "out", ["off"], solve=solver)
    assert solver.seen == dict.fromkeys((FIRST, SECOND, THIRD))


def test_what_an_attempt_did_otherwise_than_the_reference_is_learnt(stream: Path, tmp_path: Path) -> None:
    """Its patch changes another line of the same function; a task after it is shown what held instead."""
    wrong = _wrong_patch(GitRepo(tmp_path / "clones" / "example__shop"), load(stream)[-1])
    solver = Scripted(tmp_path / "clones", {}, patches={FIRST: wrong})
    report = run(stream, tmp_path / "out", ["accepted", "lessons"], solve=solver)
    assert [row["lessons"] for row in rows_of(report, "accepted")] == [[], [], []]
    first, second, third = rows_of(report, "lessons")
    assert (first["lessons"], second["lessons"]) == ([], [])
    assert third["fixes"] == [f"fix-{FIRST}"]
    assert third["lessons"]
    assert [arm["with_lessons"] for arm in report["arms"]] == [0, 1]


def _wrong_patch(repo: GitRepo, instance: Instance) -> str:
    """Another change of the file that the reference changes, as a diff against the base commit."""
    path = next(line[6:] for line in instance.patch.splitlines() if line.startswith("+++ b/"))
    source = repo.git("show", f"{instance.question.base_commit}:{path}")
    repo.git("checkout", "--quiet", "--detach", instance.question.base_commit)
    lines = source.splitlines()
    at = next(number for number, line in enumerate(lines) if line.lstrip().startswith("return"))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    lines[at:at] = [f"{indent}if not rows:", f"{indent}    raise ValueError(rows)"]
    (repo.path / path).write_text("\n".join(lines) + "\n")
    diff = repo.git("diff") + "\n"
    repo.git("checkout", "--quiet", "--force", "main")
    return diff


def test_a_stream_that_a_fault_cut_off_ends_as_an_undisturbed_one(stream: Path, tmp_path: Path) -> None:
    solver = Scripted(tmp_path / "clones", {THIRD: [FaultError("the engine is gone", "start it", "engine")]})
    with pytest.raises(FaultError, match="the engine is gone"):
        run(stream, tmp_path / "out", ["accepted"], solve=solver)
    assert set(solver.seen) == {FIRST, SECOND}
    solver.seen.clear()
    report = run(stream, tmp_path / "out", ["accepted"], solve=solver)
    assert solver.seen == {THIRD: [f"fix-{FIRST}", f"fix-{SECOND}"]}, "what was written back before is there again"
    whole = run(stream, tmp_path / "clean", ["accepted"], solve=Scripted(tmp_path / "clones", {}))
    assert _untimed(report) == _untimed(whole)


def _untimed(report: dict[str, Any]) -> dict[str, Any]:
    rows = [{key: value for key, value in row.items() if key != "recall_seconds"} for row in report["instances"]]
    return report | {"instances": rows}


def test_the_command_prints_one_document_and_says_what_is_missing(
    stream: Path, instances: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "none")
    with stream.open("a") as file:
        file.write("".join(json.dumps(row) + "\n" for row in instances[2:]))
    arguments = [
        "stream",
        "--dataset",
        str(stream),
        "--repos",
        str(tmp_path / "clones"),
        "--out",
        str(tmp_path / "out"),
    ]
    shown = CliRunner().invoke(command, [*arguments, "--no-solve", "--json"], catch_exceptions=False)
    report = json.loads(shown.stdout)
    assert (report["command"], report["seed"], len(report["missing"])) == ("stream", 0, 2)
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    lines = CliRunner().invoke(command, [*arguments, "--no-solve"], catch_exceptions=False).stdout.splitlines()
    assert any(line.startswith("accepted against none, on 3 tasks: recall@1 ") for line in lines)
    assert "missing: example__none-1: no repository" in lines
