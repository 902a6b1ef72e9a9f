"""Undo: what a run did is taken back whole, or what is in the way is named and nothing is changed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from memcoder.cli.deliver import deliver
from memcoder.cli.main import cli
from memcoder.cli.take_back import take_back
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.records import Delivery, Run
from memcoder.runs.store import RunStore
from tests.cli.patches import NEW, OLD, WANTED, content, made, solved, subject
from tests.helpers import GitRepo

APPLY, COMMIT, BRANCH = Delivery(apply=True), Delivery(commit=True), Delivery(branch="fix")
WAYS = [APPLY, COMMIT, BRANCH, Delivery(apply=True, branch="fix")]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return made(tmp_path / "repo")


def delivered(repo: GitRepo, delivery: Delivery) -> Run:
    return bring_home(repo, solved(repo), delivery)


def bring_home(repo: GitRepo, done: Run, delivery: Delivery) -> Run:
    there = deliver(Repository.open(repo.path), done, delivery, subject)
    return done.model_copy(update={"delivered": there})


def undo(repo: GitRepo, done: Run) -> str:
    return take_back(Repository.open(repo.path), done)


def state(repo: GitRepo) -> tuple[object, ...]:
    refs = repo.git("for-each-ref", "--format=%(refname) %(objectname)")
    return content(repo), refs, repo.git("status", "--porcelain"), repo.git("ls-files", "--stage")


@pytest.mark.parametrize("delivery", WAYS)
def test_all_is_as_it_was_before(repo: GitRepo, delivery: Delivery) -> None:
    done = solved(repo)
    repo.write({"mine.txt": "mine\n"})
    before = state(repo)
    done = bring_home(repo, done, delivery)
    repo.write({"mine.txt": "mine\n", "later.txt": "later\n"})
    assert state(repo) != before
    assert undo(repo, done)
    (repo.path / "later.txt").unlink()
    assert state(repo) == before
    assert not (repo.path / "new").exists()
    assert list((repo.path / ".git").glob("memcoder-*")) == []
    undo(repo, done)  # cut off before the record knew of it, and repeated
    assert state(repo) == before


@pytest.mark.parametrize("delivery", [APPLY, COMMIT])
@pytest.mark.parametrize(
    "theirs", [{"a.py": "a = 2  # mine\n"}, {"new/ü d.py": "mine\n"}, {"gone/c.py": "mine\n"}, {"deep/b.py": None}]
)
def test_what_was_changed_since_is_named_and_nothing_is_taken_back(
    repo: GitRepo, delivery: Delivery, theirs: dict[str, str | None]
) -> None:
    done = delivered(repo, delivery)
    repo.write(theirs)
    before = state(repo)
    with pytest.raises(UsageError, match=f"changed since the patch was applied: {next(iter(theirs))}; nothing"):
        undo(repo, done)
    assert state(repo) == before


@pytest.mark.parametrize("delivery", [APPLY, COMMIT])
def test_files_that_are_as_before_already_are_no_obstacle(repo: GitRepo, delivery: Delivery) -> None:
    done = delivered(repo, delivery)
    repo.write({"a.py": OLD["a.py"]})
    undo(repo, done)
    assert content(repo) == OLD


def test_what_was_staged_or_committed_since_stays(repo: GitRepo) -> None:
    done = delivered(repo, APPLY)
    repo.git("add", "a.py")
    with pytest.raises(UsageError, match=r"are staged: a\.py"):
        undo(repo, done)
    repo.git("commit", "--quiet", "-m", "By hand")
    with pytest.raises(UsageError, match=r"committed since: a\.py"):
        undo(repo, done)
    assert content(repo) == WANTED


def test_a_commit_under_others_or_pushed_stays(repo: GitRepo, tmp_path: Path) -> None:
    done = delivered(repo, COMMIT)
    commit = (done.delivered and done.delivered.commit) or ""
    GitRepo(tmp_path / "remote", "--bare")
    repo.git("push", "--quiet", str(tmp_path / "remote"), "main")
    repo.git("update-ref", "refs/remotes/origin/main", "main")  # as a named remote leaves it
    with pytest.raises(UsageError, match="is on origin/main") as refused:
        undo(repo, done)
    assert f"git revert {commit[:12]}" in refused.value.hint
    repo.git("update-ref", "-d", "refs/remotes/origin/main")
    repo.commit("On top", {"other.py": "x = 2\n"})
    with pytest.raises(UsageError, match="main has changed since"):
        undo(repo, done)
    repo.git("checkout", "--quiet", "-b", "elsewhere")
    with pytest.raises(UsageError, match="check"):
        undo(repo, done)
    assert content(repo) == {**WANTED, "other.py": "x = 2\n"}


def test_a_branch_that_was_changed_or_is_checked_out_stays(repo: GitRepo) -> None:
    done = delivered(repo, BRANCH)
    repo.git("checkout", "--quiet", "fix")
    with pytest.raises(UsageError, match="is checked out"):
        undo(repo, done)
    repo.commit("More", {"other.py": "x = 3\n"})
    repo.git("checkout", "--quiet", "main")
    with pytest.raises(UsageError, match="has changed since"):
        undo(repo, done)
    assert repo.git("show", "fix:other.py") == "x = 3"


def test_the_command_takes_back_once_and_the_record_says_so(repo: GitRepo) -> None:
    done = delivered(repo, COMMIT)
    with RunStore.open().log(done.id) as log:
        (patch, kept) = (done.patch, done.delivered)
        assert patch
        assert kept
        log.append("verdict", patch=patch.model_dump(mode="json"), verdict={"status": "verified"})
        log.append("finished", state="done", handed_over=False)
        log.append("delivered", delivered=kept.model_dump(mode="json"))
    with pytest.raises(UsageError, match="has not ended"):
        command(done.id)
    with RunStore.open().log(done.id) as log:
        log.append("handed over")
    assert "took commit" in command("last")
    assert content(repo) == OLD
    run = RunStore.open().load(done.id)
    assert run.delivered is None
    assert [moment.what for moment in run.timeline][-2:] == ["brought home", "taken back"]
    assert not RunStore.open().is_unfinished(done.id)
    with pytest.raises(UsageError, match="was taken back already"):
        command("last")
    assert NEW["a.py"] not in content(repo).values()


def command(run: str) -> str:
    result = CliRunner().invoke(cli, ["undo", run], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output
