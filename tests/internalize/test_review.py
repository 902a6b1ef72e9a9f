"""The human's word, on a real repository with a real store, through functions and through the commands."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from memcoder.cli.review import command as review_command
from memcoder.cli.runs import command as runs_command
from memcoder.cli.show import command as show_command
from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.internalize.review import accept, reject
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Patch, Task, Verdict
from memcoder.runs.store import RunStore

SOURCE = "def total(prices):\n    return sum(prices) + 1\n"
DIFF = """\
diff --git a/shop.py b/shop.py
--- a/shop.py
+++ b/shop.py
@@ -1,2 +1,2 @@
 def total(prices):
-    return sum(prices) + 1
+    return sum(prices)
"""
SETTINGS = Settings(embedder="hashing")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text(SOURCE)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Add totals"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return Repository.open(folder)


def solved(repo: Repository, *, diff: str = DIFF, state: str | None = "done", status: str = "verified") -> str:
    task = Task(repository=str(repo.path), base_commit=repo.head(), issue="Totals are one too high\x1b[2J")
    log = RunStore.open().create(task, model="scripted", strategy="staged", seed=0, fingerprint="f")
    with log:
        verdict = Verdict.model_validate({"status": status, "reasons": ("1 test was fixed",)})
        patch = Patch(diff=diff, files=("shop.py",) if diff else ())
        log.append("verdict", patch=patch.model_dump(), verdict=verdict.model_dump(mode="json"))
        if state:
            log.append("finished", state=state)
    return log.id


def memories(repo: Repository) -> list[str]:
    with MemoryStore.open(SETTINGS, repo.key) as store:
        return [memory.id for memory in store.all("fix")]


def test_an_accepted_fix_is_recalled(repo: Repository) -> None:
    memory = accept(solved(repo), "ann", SETTINGS, reason="right").fix
    assert memory.kind == "fix"
    assert memory.trust == "accepted"
    assert memory.change.files[0].symbols == ("total",)
    with MemoryStore.open(SETTINGS, repo.key) as store:
        found = recall(repo, store, "totals are too high by one", as_of=repo.head())
    assert memory.id in [item.memory.id for item in found.memories]
    review = RunStore.open().load("last").review
    assert review is not None
    assert (review.decision, review.by, review.reason, review.memory) == ("accepted", "ann", "right", memory.id)


def test_the_same_word_again_changes_nothing(repo: Repository) -> None:
    run = solved(repo)
    first = accept(run, "ann", SETTINGS)
    before = (RunStore.open().path(run) / "trajectory.jsonl").read_bytes()
    assert accept(run, "bob", SETTINGS) == first
    assert (RunStore.open().path(run) / "trajectory.jsonl").read_bytes() == before
    assert memories(repo) == [first.fix.id]


def test_a_contrary_word_is_refused(repo: Repository) -> None:
    run = solved(repo)
    reject(run, "ann", reason="too broad")
    reject(run, "ann")
    with pytest.raises(UsageError, match="was rejected by ann already"):
        accept(run, "bob", SETTINGS)
    assert memories(repo) == []


def test_a_patch_in_another_encoding_is_kept(repo: Repository) -> None:
    diff = DIFF + b" # caf\xe9\n".decode(errors="surrogateescape")
    memory = accept(solved(repo, diff=diff), "ann", SETTINGS).fix
    assert memories(repo) == [memory.id]


def test_without_a_patch_there_is_nothing_to_accept(repo: Repository) -> None:
    run = solved(repo, diff="", status="failed")
    with pytest.raises(UsageError, match="no patch to accept"):
        accept(run, "ann", SETTINGS)
    assert reject(run, "ann").review is not None


def test_an_unfinished_run_waits(repo: Repository) -> None:
    run = solved(repo, state=None)
    with pytest.raises(UsageError, match="has not finished"):
        accept(run, "ann", SETTINGS)
    assert memories(repo) == []


def test_somebody_must_say_it(repo: Repository) -> None:
    with pytest.raises(UsageError, match="who reviews"):
        accept(solved(repo), "  ", SETTINGS)


def test_the_command_accepts_and_says_what_was_not_verified(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    run = solved(repo, status="unverified")
    result = CliRunner().invoke(review_command, ["last", "--accept", "--by", "ann", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "run": run,
        "review": "accepted",
        "memory": f"fix-{run}",
        "lessons": [],
        "skills": [],
    }
    assert "no test has verified" in result.stderr


def test_a_pipe_is_not_asked(repo: Repository) -> None:
    solved(repo)
    result = CliRunner().invoke(review_command, ["last"])
    assert isinstance(result.exception, UsageError)


def test_show_prints_the_run_and_neutralises_escapes(repo: Repository, tmp_path: Path) -> None:
    run = solved(repo)
    shown = CliRunner().invoke(show_command, ["last"]).stdout
    assert f"run {run}: done" in shown
    assert "issue: Totals are one too high\\x1b[2J" in shown
    assert "+    return sum(prices)" in shown
    assert "verdict: verified" in shown
    assert "\x1b" not in shown
    page = tmp_path / "run.html"
    assert CliRunner().invoke(show_command, [run, "--html", str(page)]).exit_code == 0
    assert "return sum(prices)" in page.read_text()
    document = json.loads(CliRunner().invoke(show_command, ["last", "--json"]).stdout)
    assert document["id"] == run
    missing = CliRunner().invoke(show_command, ["last", "--html", str(tmp_path / "no" / "x.html")])
    assert isinstance(missing.exception, UsageError)


def test_runs_lists_broken_ones_too(repo: Repository) -> None:
    assert "no runs yet" in CliRunner().invoke(runs_command, []).output
    good, bad = solved(repo), solved(repo)
    (RunStore.open().path(bad) / "trajectory.jsonl").write_text("nonsense\n")
    document = json.loads(CliRunner().invoke(runs_command, ["--json"]).stdout)
    assert [row["run"] for row in document["runs"]] == [good]
    assert document["broken"] == [bad]
    listed = CliRunner().invoke(runs_command, []).stdout.splitlines()
    assert "verified" in listed[0]
    assert listed[1].split()[2] == "broken"
