"""`memcoder solve` as its user runs it, with a scripted model and the local sandbox."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from memcoder.cli.main import cli
from memcoder.errors import UsageError
from memcoder.runs.store import RunStore
from tests.agent.test_resolve import NONSENSE, RIGHT, SOURCE, TEST
from tests.helpers import GitRepo


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST})
    return made


def run(repo: GitRepo, tmp_path: Path, reply: str, *options: str) -> tuple[int, str]:
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps(reply) + "\n")
    base = ["solve", str(repo.path), "--issue", "area(2, 3) should be 6", "--test", "python -m pytest -q"]
    result = CliRunner().invoke(
        cli, [*base, "--model", f"scripted:{script}", "--sandbox", "local", *options], standalone_mode=False
    )
    if isinstance(result.exception, UsageError):
        raise result.exception
    assert result.exception is None, result.exception
    return result.return_value, result.stdout


def test_json_is_one_document_of_the_design_s_form(repo: GitRepo, tmp_path: Path) -> None:
    code, out = run(repo, tmp_path, RIGHT, "--json", "--out", str(tmp_path / "out"))
    document = json.loads(out)
    assert code == 0
    assert document["verdict"] == "verified"
    assert {"run", "patch", "tests", "fit", "memories", "tokens", "cost", "seconds"} <= set(document)
    assert [(one["kind"], one["outcome"]) for one in document["fit"]["findings"]] == [("tests", "broken")]
    assert document["fit"]["score"] < 1
    assert (tmp_path / "out" / "patch.diff").read_text() == document["patch"]
    assert (tmp_path / "out" / "page.html").read_text().startswith("<!doctype html>")
    assert (repo.path / "shape.py").read_text() == SOURCE


def test_apply_changes_the_working_tree(repo: GitRepo, tmp_path: Path) -> None:
    run(repo, tmp_path, RIGHT, "--apply")
    assert "width * height" in (repo.path / "shape.py").read_text()


def test_apply_refuses_conflicting_local_changes_and_keeps_them(repo: GitRepo, tmp_path: Path) -> None:
    (repo.path / "shape.py").write_text(SOURCE + "# mine\n")
    with pytest.raises(UsageError, match="local changes"):
        run(repo, tmp_path, RIGHT, "--apply")
    assert (repo.path / "shape.py").read_text() == SOURCE + "# mine\n"
    repo.git("checkout", "--", "shape.py")
    run(repo, tmp_path, NONSENSE, "--apply")  # the same run: the model is not asked again
    assert "width * height" in (repo.path / "shape.py").read_text()
    assert [done.usage.calls for done in RunStore.open().all()] == [1]


def test_a_branch_gets_one_commit_and_the_tree_stays(repo: GitRepo, tmp_path: Path) -> None:
    run(repo, tmp_path, RIGHT, "--branch", "fix/area")
    assert repo.git("rev-parse", "fix/area^") == repo.git("rev-parse", "main")
    assert "width * height" in repo.git("show", "fix/area:shape.py")
    assert repo.git("status", "--porcelain") == ""
    with pytest.raises(UsageError, match="already"):
        run(repo, tmp_path, RIGHT, "--branch", "fix/area", "--new")


def test_without_a_patch_the_exit_is_1_or_4_and_nothing_is_applied(repo: GitRepo, tmp_path: Path) -> None:
    code, out = run(repo, tmp_path, NONSENSE, "--max-steps", "1", "--apply")
    assert code == 4
    assert "no patch" in out
    assert (repo.path / "shape.py").read_text() == SOURCE


def test_answers_are_shown_as_they_come_where_that_is_asked_for(repo: GitRepo, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps(f"\x1b[2J{RIGHT}") + "\n")
    words = ["solve", str(repo.path), "--issue", "area(2, 3) should be 6", "--test", "python -m pytest -q"]
    words += ["--model", f"scripted:{script}", "--sandbox", "local"]
    silent = CliRunner().invoke(cli, words, standalone_mode=False)
    streamed = CliRunner().invoke(cli, [*words, "--stream", "--new"], standalone_mode=False)
    assert "The sign is wrong." not in silent.stderr
    assert "\\x1b[2JThe sign is wrong." in streamed.stderr
    assert silent.stdout.splitlines()[:-1] == streamed.stdout.splitlines()[:-1], "but for the run's name"


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--branch", ""], "'' is no name for a branch"), (["--out", "{}/script.jsonl"], "cannot be made: File exists")],
)
def test_what_could_not_be_delivered_is_refused_before_a_run_begins(
    repo: GitRepo, tmp_path: Path, options: list[str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        run(repo, tmp_path, RIGHT, *[option.format(tmp_path) for option in options])
    assert RunStore.open().all() == []
