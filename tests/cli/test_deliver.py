"""Delivery that is repeated: what an earlier one did before it was cut off is seen and kept."""

from pathlib import Path

import pytest

from memcoder.cli.deliver import check_delivery, deliver
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.records import Delivery, Patch, Run, Task
from memcoder.runs.store import RunStore
from tests.helpers import GitRepo

OLD = {"a.py": "a = 1\n", "deep/b.py": "b = 1\n", "gone/c.py": "c = 1\n", "other.py": "x = 1\n"}
NEW = {"a.py": "a = 2\n", "deep/b.py": "b = 2\n", "gone/c.py": None, "new/ü d.py": "d = 2\n"}


def subject(run: Run) -> str:
    return "Fix: Twos, please"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", OLD)
    return made


@pytest.fixture
def done(repo: GitRepo) -> Run:
    """A run with a patch that changes two files, adds one and removes one."""
    base = repo.git("rev-parse", "HEAD")
    repo.write(NEW)
    repo.git("add", "--all")
    diff = repo.git("diff", "--cached", "--binary", "--no-renames") + "\n"
    repo.git("reset", "--quiet", "--hard")
    task = Task(repository=str(repo.path), base_commit=base, issue="Twos, please")
    log = RunStore.open().create(task, model="m", strategy="s", seed=1, fingerprint="f")
    return log.run().model_copy(update={"patch": Patch(diff=diff, files=tuple(sorted(NEW)))})


def content(repo: GitRepo) -> dict[str, str]:
    files = [path for path in repo.path.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {str(path.relative_to(repo.path)): path.read_text() for path in files}


WANTED = {name: text for name, text in {**OLD, **NEW}.items() if text is not None}


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
