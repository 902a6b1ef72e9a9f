"""The ready line of cron and the ready workflow, run word for word: when an adapter is due, and when none is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from memcoder.history.repository import Repository
from memcoder.memory.transfer import export_lines
from memcoder.models.adapters.registry import Registry
from tests.helpers import GitRepo
from tests.internalize.shop import NAMES, fix, make_repo, opened

ROOT = Path(__file__).parent.parent.parent
WORKFLOW = ROOT / ".github" / "examples" / "memcoder-internalize.yml"
KEY = "a long random secret of a repository"
FEW_ITEMS = """\
import sys
if "internalize" in sys.orig_argv:
    from memcoder.internalize import consolidate
    items = consolidate.probe()[:4]
    consolidate.probe = lambda: items
"""
"""The general probe's first items: asking all takes longer than everything else here."""
BRANCH = "refs/remotes/origin/memcoder/memory"


@pytest.fixture
def night(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A runner's environment, with `memcoder` on its path."""
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", KEY)
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "memcoder").write_text(f'#!/bin/sh\nexec {sys.executable} -m memcoder "$@"\n')
    (commands / "memcoder").chmod(0o755)
    (commands / "sitecustomize.py").write_text(FEW_ITEMS)
    return {
        **os.environ,
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PYTHONPATH": f"{commands}:{ROOT}:{ROOT / 'eval'}",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "MEMCODER_EMBEDDER": "none",
        "MEMCODER_INTERNALIZE_BASE": str(tiny),
    }


def busy(repo: Repository) -> None:
    """A history that keeps coming back to the files of the fixes, so that it is worth knowing them."""
    work = GitRepo(repo.path)
    for day in range(3):
        for name, symbol in NAMES[:6]:
            work.commit(f"Fix {name} on day {day}", {f"shop/{name}.py": f"def {symbol}():\n    return {day}\n"})


def remembered(repo: Repository, fixes: int) -> list[str]:
    """What a memory branch holds of so many merged pull requests."""
    with opened(repo, [fix(repo, at) for at in range(fixes)]) as store:
        lines = list(export_lines(store))
    (store.folder / "records.sqlite").unlink()  # a night begins with what the branch has
    return lines


def publish(repo: Repository, lines: list[str]) -> None:
    """The memory branch, as a checkout knows it."""

    def git(*arguments: str, data: str = "") -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=repo.path, input=data, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    blob = git("hash-object", "-w", "--stdin", data="\n".join(lines) + "\n")
    tree = git("mktree", data=f"100644 blob {blob}\tmemories.jsonl\n")
    git("update-ref", BRANCH, git("commit-tree", tree, data="What merged pull requests have taught"))


def run_workflow(repo: Repository, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Its steps' own `run` lines, as a runner runs them; the last one's outcome."""
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    lines = [step["run"] for step in job["steps"] if "run" in step]
    assert len(lines) == 2
    for line in lines:
        done = subprocess.run(
            ["bash", "-e", "-c", line], cwd=repo.path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr
    return done


def test_a_night_on_which_nothing_is_due_ends_at_once(tmp_path: Path, night: dict[str, str]) -> None:
    repo = make_repo(tmp_path / "shop")
    publish(repo, remembered(repo, 2))
    done = run_workflow(repo, night)
    assert done.returncode == 0, done.stderr
    assert "nothing done" in done.stdout
    assert Registry.open().all() == []


def test_a_night_without_a_memory_branch(tmp_path: Path, night: dict[str, str]) -> None:
    done = run_workflow(make_repo(tmp_path / "shop"), night)
    assert done.returncode == 0, done.stderr
    assert "nothing is due" in done.stdout


def test_a_night_on_which_an_adapter_is_due_trains_it_and_the_next_one_does_not(
    tmp_path: Path, night: dict[str, str]
) -> None:
    busy(repo := make_repo(tmp_path / "shop"))
    publish(repo, remembered(repo, 6))
    done = run_workflow(repo, night)
    assert "adapter" in done.stdout, done.stdout
    (made,) = Registry.open().all()
    assert made.memories == tuple(f"fix-{at}" for at in range(6))
    done = run_workflow(repo, night)
    assert done.returncode == 0, done.stderr
    assert "nothing done" in done.stdout
    assert len(Registry.open().all()) == 1


def test_the_line_of_cron(tmp_path: Path, night: dict[str, str]) -> None:
    upstream = make_repo(tmp_path / "upstream")
    clone = tmp_path / "src" / "app"
    subprocess.run(["git", "clone", "--quiet", str(upstream.path), str(clone)], check=True)
    with opened(Repository.open(clone), [fix(upstream, 0)]):
        pass
    (line,) = re.findall(r"^\d+ \d+ \* \* \* (.*memcoder sync.*)$", (ROOT / "docs/internalize.md").read_text(), re.M)
    done = subprocess.run(["sh", "-c", line], env=night, capture_output=True, text=True, check=False)
    log = (tmp_path / "internalize.log").read_text()
    assert done.returncode == 0, done.stderr + log
    assert "nothing done" in log
