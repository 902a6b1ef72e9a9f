"""The whole benchmark on small repositories: real git, real recall, a process a repository."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from memcoder_eval.dataset import load
from memcoder_eval.localize.benchmark import run_benchmark
from memcoder_eval.localize.work import Job, rows

from memcoder import RANKERS, Settings, UsageError
from memcoder.cli.eval import command
from tests.helpers import GitRepo

SETTINGS = Settings(embedder="none")
RUN = "from memcoder.cli.main import main; main()"
OTHER = "diff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# Shop\n+# Shopping\n"
ARMS = ["bm25", "code", "full"]
Rows = list[dict[str, Any]]
Write = Callable[..., Path]


def run(file: Path, out: Path, arms: list[str] = ARMS, settings: Settings = SETTINGS) -> dict[str, Any]:
    clones = file.parent / "clones"
    return run_benchmark(file, load(file), clones, arms, settings, out, lambda line: None)


def results(out: Path) -> Rows:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def rankings(out: Path) -> dict[str, Any]:
    return {row["instance"]: row["arms"] for row in results(out) if row["kind"] == "instance"}


def test_two_are_found_and_two_are_missing(dataset: Write, instances: Rows, tmp_path: Path) -> None:
    report = run(dataset(instances), tmp_path / "out")
    assert [(arm["name"], arm["total"]) for arm in report["arms"]] == [("bm25", 4), ("code", 4), ("full", 4)]
    full = report["arms"][2]
    assert full["acc@3"] == 50.0
    assert full["functions"]["acc@10"] == 50.0
    assert [(one["instance"], one["why"]) for one in report["missing"]] == [
        ("example__none-1", "no repository"),
        ("example__shop-13", f"no commit {'0' * 40}"),
    ]
    assert report["repositories"]["example/shop"]["mining"]["new"] == 8
    assert report["repositories"]["example/shop"]["peak_mb"] > 10
    assert report["warm_ms"]["p95"] > 0
    assert (tmp_path / "out" / "stores" / "example__shop" / "records.sqlite").is_file()


def test_only_the_problem_statement_is_asked(dataset: Write, instances: Rows, tmp_path: Path) -> None:
    kept = {"repo", "base_commit", "instance_id", "problem_statement"}
    run(dataset(instances[1:2]), tmp_path / "out")
    others = dict.fromkeys(instances[1].keys() - kept, "shop/cart.py Cart.total")
    run(dataset([instances[1] | others | {"patch": OTHER}], "changed.jsonl"), tmp_path / "changed")
    lists = ("files", "functions")
    before = rankings(tmp_path / "out")["example__shop-12"]
    after = rankings(tmp_path / "changed")["example__shop-12"]
    assert {arm: [before[arm][key] for key in lists] for arm in ARMS} == {
        arm: [after[arm][key] for key in lists] for arm in ARMS
    }
    # The control: with another statement the ranking is another.
    run(dataset([instances[1] | {"problem_statement": "round_cents"}], "asked.jsonl"), tmp_path / "asked")
    assert rankings(tmp_path / "asked")["example__shop-12"]["full"]["functions"] != before["full"]["functions"]


def test_what_is_done_is_not_done_again_and_arms_can_be_added(dataset: Write, instances: Rows, tmp_path: Path) -> None:
    file = dataset(instances)
    first = run(file, tmp_path / "out", ["full"])
    size = (tmp_path / "out" / "results.jsonl").stat().st_size
    assert run(file, tmp_path / "out", ["full"]) == first
    assert (tmp_path / "out" / "results.jsonl").stat().st_size == size
    more = run(file, tmp_path / "out", ["code", "full"])
    assert more["arms"][1] == first["arms"][0]
    assert {tuple(sorted(row["arms"])) for row in results(tmp_path / "out") if row["kind"] == "instance"} == {
        ("full",),
        ("code",),
    }


def test_other_parameters_do_not_mix(
    dataset: Write, instances: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dataset(instances[2:])
    run(file, tmp_path / "out")
    with pytest.raises(UsageError, match="other settings"):
        run(file, tmp_path / "out", settings=Settings(embedder="hashing"))
    monkeypatch.setattr("memcoder_eval.localize.benchmark.PARAMETERS", "another")
    with pytest.raises(UsageError, match="other settings"):
        run(file, tmp_path / "out")


def test_a_patch_that_does_not_apply_is_missing(dataset: Write, instances: Rows, tmp_path: Path) -> None:
    broken = instances[1] | {"patch": instances[1]["patch"].replace("self.levels", "self.shelves")}
    report = run(dataset([instances[0], broken]), tmp_path / "out", ["full"])
    assert report["arms"][0]["total"] == 2
    assert [one["instance"] for one in report["missing"]] == ["example__shop-12"]
    assert "git apply failed" in report["missing"][0]["why"]


def test_base_commits_beside_head_are_mined_and_bare_clones_read(
    dataset: Write, shop: tuple[GitRepo, dict[str, str]], instances: Rows, tmp_path: Path
) -> None:
    repo, shas = shop
    repo.git("checkout", "--quiet", "-b", "side", shas["tests"])
    side = repo.commit("Only here: round_cents", {"shop/side.py": "X = 1\n"})
    repo.git("checkout", "--quiet", "main")
    bare = tmp_path / "clones" / "example__shop.git"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(bare))
    (one,) = load(dataset([instances[0] | {"base_commit": side}]))
    settings = SETTINGS.model_copy(update={"store": tmp_path / "store"})
    job = Job("example/shop", bare, settings, ((one, ("full",)),))
    mined, found, memory = rows(job, lambda line: None)
    assert (mined["beside"], mined["commits"], mined["new"]) == (1, 8, 9)
    assert found["arms"]["full"]["file_ranks"][0] in (1, 2, 3)  # of four files
    assert memory["peak_mb"] > 10


def start(file: Path, out: Path) -> "subprocess.Popen[bytes]":
    """The command in a process group of its own; its standard error is to be read."""
    arguments = ["--dataset", str(file), "--repos", str(file.parent / "clones"), "--out", str(out)]
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "eval", "localize", *arguments],
        env=os.environ | {"MEMCODER_EMBEDDER": "none"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_killed_and_run_again_it_ends_as_if_undisturbed(dataset: Write, instances: Rows, tmp_path: Path) -> None:
    file = dataset(instances)
    whole = run(file, tmp_path / "clean")
    child = start(file, tmp_path / "out")
    try:
        next(line for line in child.stderr or () if b"1 of 2" in line)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
    again = run(file, tmp_path / "out")
    figures = ("arms", "pairs", "missing")
    assert {key: again[key] for key in figures} == {key: whole[key] for key in figures}


def test_a_child_ends_when_its_parent_is_gone(dataset: Write, instances: Rows, tmp_path: Path) -> None:
    child = start(dataset(instances), tmp_path / "out")
    try:
        next(line for line in child.stderr or () if b"mining" in line)
        child.kill()
        child.wait()
        until = time.monotonic() + 30
        while _lives(child.pid) and time.monotonic() < until:
            time.sleep(0.1)
        assert not _lives(child.pid)
    finally:
        if _lives(child.pid):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_command_prints_one_table_or_one_document(
    dataset: Write, instances: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    file = dataset(instances)
    arguments = [
        "localize",
        "--dataset",
        str(file),
        "--repos",
        str(tmp_path / "clones"),
        "--out",
        str(tmp_path / "out"),
    ]
    shown = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    report = json.loads(shown.stdout)
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["command"], report["seed"]) == ("localize", 0)
    assert {"missing", "cold_ms", "warm_ms"} <= set(report)
    assert {"name", "total", "acc@1", "acc@3", "acc@5", "acc@10"} <= set(report["arms"][0])
    lines = CliRunner().invoke(command, arguments, catch_exceptions=False).stdout.splitlines()
    assert any(line.startswith("full against bm25: files @5") for line in lines)
    assert "missing: example__none-1: no repository" in lines


def test_arms_name_rankers_that_there_are() -> None:
    assert "file-words" in RANKERS
