"""Delivery that is repeated: what an earlier one did before it was cut off is seen and kept."""

from pathlib import Path

import pytest

from memcoder.cli.deliver import check_delivery, deliver
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.records import Delivery, Patch, Run
from memcoder.runs.store import RunStore
from tests.cli.patches import NEW, WANTED, content, made, solved, subject
from tests.helpers import GitRepo


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return made(tmp_path / "repo")


@pytest.fixture
def done(repo: GitRepo) -> Run:
    return solved(repo)


@pytest.mark.parametrize("already", [[], ["a.py"], ["deep/b.py", "gone/c.py"], ["new/ü d.py"], list(NEW)])
def test_a_working_tree_that_has_some_of_the_patch_gets_the_rest(repo: GitRepo, done: Run, already: list[str]) -> None:
    repo.write({name: NEW[name] for name in already})
    deliver(Repository.open(repo.path), done, Delivery(apply=True), subject)
    assert content(repo) == WANTED
    assert (repo.path / "gone").exists() == ("gone/c.py" in already), "a folder that this left empty is removed"
    assert repo.git("diff", "--cached") == "", "the index stays as it is"
    assert list((repo.path / ".git").glob("memcoder-*")) == []


@pytest.mark.parametrize("theirs", [{"a.py": "a = 3\n"}, {"new/ü d.py": "mine\n"}, {"gone/c.py": "c = 3\n"}])
@pytest.mark.parametrize("ignored", ["", "new/\n"])
def test_what_is_the_user_s_is_in_the_way_and_nothing_is_changed(
    repo: GitRepo, done: Run, theirs: dict[str, str], ignored: str
) -> None:
    repo.write(theirs)
    (repo.path / ".git" / "info" / "exclude").write_text(ignored)
    before = content(repo)
    with pytest.raises(UsageError, match="local changes"):
        deliver(Repository.open(repo.path), done, Delivery(apply=True, branch="fix"), subject)
    assert content(repo) == before
    assert repo.git("branch", "--list", "fix") == ""


def test_a_link_in_place_of_a_folder_is_not_followed(repo: GitRepo, done: Run, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (repo.path / "new").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="local changes"):
        deliver(Repository.open(repo.path), done, Delivery(apply=True), subject)
    assert list((tmp_path / "outside").iterdir()) == []


def test_files_that_were_committed_meanwhile_are_not_overwritten(repo: GitRepo, done: Run) -> None:
    repo.commit("Something else", {"other.py": "x = 2\n"})
    deliver(Repository.open(repo.path), done, Delivery(apply=True), subject)
    assert content(repo) == {**WANTED, "other.py": "x = 2\n"}
    repo.git("reset", "--quiet", "--hard")
    repo.git("clean", "-ffdq")
    repo.commit("The same file", {"a.py": "a = 5\n"})
    with pytest.raises(UsageError, match="local changes"):
        deliver(Repository.open(repo.path), done, Delivery(apply=True), subject)


def test_modes_and_line_ends_are_as_git_would_check_them_out(repo: GitRepo, done: Run) -> None:
    repo.git("config", "core.autocrlf", "true")
    (repo.path / "a.py").unlink()
    repo.git("checkout", "--", "a.py")
    assert (repo.path / "a.py").read_bytes() == b"a = 1\r\n"
    diff = done.patch.diff if done.patch else ""
    mode = "diff --git a/other.py b/other.py\nold mode 100644\nnew mode 100755\n"
    changed = done.model_copy(update={"patch": Patch(diff=diff + mode, files=("a.py", "other.py"))})
    deliver(Repository.open(repo.path), changed, Delivery(apply=True), subject)
    assert (repo.path / "a.py").read_bytes() == b"a = 2\r\n"
    assert (repo.path / "other.py").stat().st_mode & 0o100


def test_a_branch_of_this_run_is_taken_as_made_and_one_of_another_is_in_the_way(repo: GitRepo, done: Run) -> None:
    opened = Repository.open(repo.path)
    base = done.task.base_commit
    first = deliver(opened, done, Delivery(branch="fix"), subject)
    tip = repo.git("rev-parse", "fix")
    check_delivery(opened, base, Delivery(branch="fix"))  # the run is unfinished
    assert deliver(opened, done, Delivery(branch="fix"), subject) == first
    assert repo.git("rev-parse", "fix") == tip
    with pytest.raises(UsageError, match="already"):
        check_delivery(opened, base, Delivery(branch="fix"), new=True)
    with RunStore.open().find_unfinished("f") or pytest.fail("it is unfinished") as log:
        log.append("finished", state="done")
    with pytest.raises(UsageError, match="already"):
        check_delivery(opened, base, Delivery(branch="fix"))
    with pytest.raises(UsageError, match="already"):
        deliver(opened, done, Delivery(branch="main"), subject)


def commit_of(repo: GitRepo, done: Run) -> str:
    delivered = deliver(Repository.open(repo.path), done, Delivery(commit=True), subject)
    assert delivered.onto == "main"
    return delivered.commit or ""


def test_a_commit_holds_the_patch_and_nothing_else(repo: GitRepo, done: Run) -> None:
    repo.write({"other.py": "x = 2\n", "mine.txt": "mine\n"})
    repo.git("add", "other.py")
    commit = commit_of(repo, done)
    assert repo.git("rev-parse", "HEAD") == commit
    assert repo.git("log", "-1", "--format=%B").splitlines() == ["Fix: Twos, please", "", f"memcoder run {done.id}"]
    assert repo.git("-c", "core.quotePath=false", "show", "--name-only", "--format=").splitlines() == sorted(NEW)
    assert repo.git("status", "--porcelain").splitlines() == ["M  other.py", "?? mine.txt"], "theirs is as it was"
    assert content(repo) == {**WANTED, "other.py": "x = 2\n", "mine.txt": "mine\n"}
    assert commit_of(repo, done) == commit, "repeated, it is seen"


def test_a_commit_that_was_cut_off_before_the_index_knew_is_completed(repo: GitRepo, done: Run) -> None:
    commit = commit_of(repo, done)
    repo.git("read-tree", f"{commit}^")
    assert repo.git("diff", "--cached", "--name-only")
    assert commit_of(repo, done) == commit
    assert repo.git("status", "--porcelain") == ""


def test_a_commit_goes_onto_what_was_committed_meanwhile(repo: GitRepo, done: Run) -> None:
    head = repo.commit("Something else", {"other.py": "x = 2\n"})
    commit = commit_of(repo, done)
    assert repo.git("rev-parse", f"{commit}^") == head
    assert repo.git("show", f"{commit}:other.py") == "x = 2"


@pytest.mark.parametrize("where", ["working tree", "index", "branch"])
def test_a_commit_is_refused_where_files_of_the_patch_have_other_changes(repo: GitRepo, done: Run, where: str) -> None:
    repo.write({"a.py": "a = 3\n"})
    if where != "working tree":
        repo.git("add", "a.py")
        repo.write({"a.py": NEW["a.py"]})
    if where == "branch":
        repo.git("commit", "--quiet", "-m", "Threes")
    before, head, status = content(repo), repo.git("rev-parse", "HEAD"), repo.git("status", "--porcelain")
    with pytest.raises(UsageError, match="changes; nothing was"):
        commit_of(repo, done)
    assert (content(repo), repo.git("rev-parse", "HEAD"), repo.git("status", "--porcelain")) == (before, head, status)


def test_a_commit_runs_no_hook(repo: GitRepo, done: Run, tmp_path: Path) -> None:
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    repo.git("commit", "--quiet", "--allow-empty", "-m", "The user's own")
    (tmp_path / "ran").unlink()  # the control: git itself runs it
    commit_of(repo, done)
    assert not (tmp_path / "ran").exists()


def test_delivery_that_cannot_be_is_refused_before_anything_is_spent(repo: GitRepo, done: Run) -> None:
    opened, base = Repository.open(repo.path), done.task.base_commit
    with pytest.raises(UsageError, match="neither"):
        check_delivery(opened, base, Delivery(commit=True, branch="fix"))
    (repo.path / ".git" / "MERGE_HEAD").write_text(base)
    with pytest.raises(UsageError, match="half way"):
        check_delivery(opened, base, Delivery(commit=True))
    (repo.path / ".git" / "MERGE_HEAD").unlink()
    check_delivery(opened, base, Delivery(commit=True))
    commit_of(repo, done)
    with pytest.raises(UsageError, match="cut off once it had committed") as refused:
        check_delivery(opened, "HEAD", Delivery(commit=True))
    assert f"memcoder resume {done.id}" in refused.value.hint
    repo.git("checkout", "--quiet", "--detach")
    with pytest.raises(UsageError, match="no branch is checked out"):
        check_delivery(opened, "HEAD", Delivery(commit=True))
