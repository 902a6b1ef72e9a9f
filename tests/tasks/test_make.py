"""Making tasks, on a real history and with the project's own tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.sandbox.building import BuildError
from memcoder.sandbox.door import prepare
from memcoder.tasks import make as room
from memcoder.tasks.make import UNBUILT, Made, Wanted, make_tasks, name_of
from memcoder.tasks.statement import Issue
from tests.helpers import GitRepo
from tests.tasks.past import HALF, HANGS, ROUNDED, START, TESTS, make_past

NAME = "example/shop"
LOCAL = Settings(sandbox="local", command_timeout=60)
Past = tuple[GitRepo, dict[str, str]]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Past:
    return make_past(tmp_path_factory.mktemp("past") / "example__shop")


@pytest.fixture(scope="module")
def made(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All tasks of the past, made once for the tests that look at them."""
    return making(past[0], tmp_path_factory.mktemp("made") / "out", Wanted())


def making(
    repo: GitRepo, out: Path, wanted: Wanted, settings: Settings = LOCAL, say: Callable[[str], None] = print
) -> Made:
    return make_tasks(Repository.open(repo.path), NAME, out, settings, wanted, say)


def entries(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "candidates.jsonl").read_text().splitlines()]


def test_commits_whose_tests_fail_without_their_code_make_tasks(past: Past, made: Made) -> None:
    shas = past[1]
    feature, fix = made.tasks
    assert fix.instance_id == f"example__shop-{shas['fix'][:12]}"
    assert (fix.repo, fix.base_commit, fix.environment_setup_commit) == (NAME, shas["start"], shas["start"])
    assert fix.problem_statement == "Fix the rounding of half cents\n\nInvoices were a cent short."
    assert (fix.hints_text, fix.runner) == ("", "unittest")
    assert fix.test_cmd == "python -m unittest tests/test_money.py"
    assert fix.fail_to_pass == ("tests.test_money.MoneyTests::test_half",)
    assert fix.pass_to_pass == ("tests.test_money.MoneyTests::test_whole",)
    assert (fix.patch.count("diff --git"), fix.test_files) == (1, ("tests/test_money.py",))
    assert (feature.base_commit, feature.fail_to_pass) == (shas["data"], ("tests.test_buy.BuyTests::test_whole",))
    assert "shop/buy.py" in feature.patch
    assert "tests/" not in feature.patch


def test_every_other_commit_is_kept_with_its_reason(past: Past, made: Made) -> None:
    reasons = {entry["commit"]: entry["rejected"] for entry in entries(made.file.parent) if "rejected" in entry}
    assert {name: reasons[sha] for name, sha in past[1].items() if sha in reasons} == {
        "start": "a merge, or without a parent",
        "code": "changes no tests",
        "passing": "no test fails without the fix and passes with it",
        "varying": "its tests come out otherwise when they are run again",
        "large": "too large",
        "silent": "the message says too little",
        "data": "changes no test file that unittest runs",
    }
    assert made.rejected == dict.fromkeys(reasons.values(), 1)


def test_a_task_holds_nothing_of_the_fix_but_where_the_schema_has_it(past: Past, made: Made) -> None:
    shas = past[1]
    for task, name in zip(made.tasks, ("feature", "fix"), strict=True):
        row = task.row()
        open_to_solvers = json.dumps({key: row[key] for key in ("problem_statement", "base_commit", "repo", "version")})
        assert shas[name] not in json.dumps(row)
        for line in ("amount * 100 + 0.5", "return 'thanks'", "#12", "test_half"):
            assert line not in open_to_solvers


def test_making_that_is_cut_off_and_goes_on_gives_what_an_undisturbed_one_gives(
    past: Past, made: Made, tmp_path: Path
) -> None:
    said: list[str] = []

    def cut(line: str) -> None:
        said.append(line)
        if "proven; " in line and sum("proven; " in one for one in said) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        making(past[0], tmp_path / "out", Wanted(), say=cut)
    with (tmp_path / "out/candidates.jsonl").open("a") as file:
        file.write('{"commit": "cut o')
    lost = past[1]["passing"]  # the newest three that are run are feature, varying and this one
    assert lost not in [entry["commit"] for entry in entries_before_the_cut(tmp_path / "out")]
    again = making(past[0], tmp_path / "out", Wanted(), say=said.append)
    assert sum("proven; " in line for line in said) == 5, "all but the lost one were run once"
    assert again.file.read_bytes() == made.file.read_bytes()
    assert again.rejected == made.rejected


def entries_before_the_cut(out: Path) -> list[dict[str, Any]]:
    lines = (out / "candidates.jsonl").read_text().split("\n")[:-1]
    return [json.loads(line) for line in lines]


def test_only_as_many_as_are_wanted_and_only_after_a_date(past: Past, made: Made, tmp_path: Path) -> None:
    repo, shas = past
    one = making(repo, tmp_path / "one", Wanted(count=1))
    assert one.tasks == made.tasks[:1]
    assert len(entries(tmp_path / "one")) == 1
    with pytest.raises(UsageError, match="other settings"):
        making(repo, tmp_path / "one", Wanted(after=1))
    time = int(repo.git("log", "-1", "--format=%ct", shas["data"]))
    late = making(repo, tmp_path / "late", Wanted(after=time))
    assert (late.tasks, late.rejected) == (made.tasks[:1], {"not after the date": 8})


def test_a_linked_issue_speaks_for_the_commit(past: Past, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("Start the shop", START)
    repo.commit("Closes #7", {"shop/buy.py": "A = 1\n", "tests/test_buy.py": "import unittest\nimport shop.buy\n"})
    silent = making(repo, tmp_path / "silent", Wanted())
    assert silent.rejected["the message says too little"] == 1
    told = making(repo, tmp_path / "told", Wanted(issues={7: Issue(7, "Nobody can buy anything here")}))
    assert "the message says too little" not in told.rejected


def test_tests_that_do_not_end_make_no_task(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("Start the shop", START)
    repo.commit("Let the shop wait for its customers", {"shop/wait.py": "A = 1\n", "tests/test_wait.py": HANGS})
    made = making(repo, tmp_path / "out", Wanted(), LOCAL.model_copy(update={"command_timeout": 3}))
    assert made.rejected["its tests do not end in time"] == 1
    assert made.file.read_text() == ""


def test_the_same_change_counts_once(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    start = repo.commit("Start the shop", START)
    fix = repo.commit("Fix the rounding of half cents", {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF})
    repo.git("checkout", "--quiet", "-b", "old", start)
    repo.commit("Another branch goes on beside it", {"shop/old.py": "B = 1\n"})
    repo.git("cherry-pick", fix)
    copied = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "--quiet", "-")
    repo.git("merge", "--quiet", "--strategy=ours", "--message=Merge old", "old")
    making(repo, tmp_path / "out", Wanted())
    found = {entry["commit"]: entry.get("rejected") for entry in entries(tmp_path / "out")}
    assert {found[fix], found[copied]} == {None, "the same change as a newer commit"}


def test_an_environment_that_cannot_be_built_is_tried_again(
    past: Past, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*arguments: Any) -> None:
        raise BuildError("building the environment failed at: pip install", "")

    monkeypatch.setattr(room, "prepare", no)
    assert making(past[0], tmp_path / "out", Wanted()).rejected[UNBUILT] == 4
    monkeypatch.setattr(room, "MOST_UNBUILT", 2)
    said: list[str] = []
    making(past[0], tmp_path / "few", Wanted(), say=said.append)
    assert said[-1] == "2 environments in a row cannot be built: older commits are not looked at"
    monkeypatch.setattr(room, "prepare", prepare)
    assert making(past[0], tmp_path / "out", Wanted()).tasks == made.tasks


@pytest.mark.docker
def test_in_containers_the_outcome_is_the_same(past: Past, made: Made, tmp_path: Path) -> None:
    docker = LOCAL.model_copy(update={"sandbox": "docker"})
    found = making(past[0], tmp_path / "out", Wanted(count=1), docker)
    assert found.tasks == made.tasks[:1]


@pytest.mark.parametrize("name", ["shop", "../../shop", "a/b/c", "a/.b", ""])
def test_a_name_that_is_none_is_refused(past: Past, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name of a repository"):
        make_tasks(Repository.open(past[0].path), name, tmp_path / "out", LOCAL, Wanted(), print)
    assert not (tmp_path / "out").exists()


def test_the_name_of_a_clone(tmp_path: Path) -> None:
    plain = GitRepo(tmp_path / "my shop")
    assert name_of(plain.path) == "local/my-shop"
    plain.git("remote", "add", "origin", "https://example.org/owner/shop.git")
    assert name_of(plain.path) == "owner/shop"
    plain.git("remote", "set-url", "origin", "git@example.org:owner/other")
    assert name_of(plain.path) == "owner/other"
    assert name_of(GitRepo(tmp_path / "...").path) == "local/_"
    assert name_of(GitRepo(tmp_path / "example__shop.git", "--bare").path) == "example/shop"
