from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.records import Commit, FileChange
from memcoder.tasks.candidates import MOST_LINES, Candidate, Rejected, candidate_of, newest_first, spread
from tests.helpers import GitRepo

CODE = FileChange(path="shop/money.py", added=2, deleted=1)
TEST = FileChange(path="tests/test_money.py", added=5)


def commit(*files: FileChange, message: str = "Fix rounding of half cents", parents: int = 1) -> Commit:
    shas = tuple(f"{number:040d}" for number in range(parents))
    return Commit(sha="f" * 40, parents=shas, author="A", time=0, message=message, files=files)


def test_a_commit_that_changes_code_and_tests_is_one() -> None:
    moved = FileChange(path="tests/test_new.py", old_path="money_check.py", status="renamed")
    found = candidate_of(commit(CODE, TEST, moved, FileChange(path="CHANGELOG.md", added=1)))
    assert found == Candidate(
        found.commit,
        code=("CHANGELOG.md", "money_check.py", "shop/money.py"),
        tests=("tests/test_money.py", "tests/test_new.py"),
    )
    assert found.base == "0" * 40


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (commit(CODE, TEST, parents=2), "a merge, or without a parent"),
        (commit(CODE, TEST, parents=0), "a merge, or without a parent"),
        (commit(CODE), "changes no tests"),
        (commit(TEST, message="Cover the money better"), "a change of kind tests"),
        (commit(TEST, FileChange(path="setup.cfg", added=1)), "changes no code beside tests"),
        (commit(TEST, FileChange(path="vendor/lib.py", added=9)), "changes no code beside tests"),
        (commit(CODE, TEST, message="docs: say how money is rounded"), "a change of kind docs"),
        (commit(CODE, TEST, message='Revert "Round half cents"'), "a change of kind revert"),
        (commit(CODE, TEST, message="Bump pytest from 7 to 8"), "a change of kind dependency"),
        (commit(CODE, TEST, message="Release 1.2"), "a change of kind release"),
        (commit(FileChange(path="a.py", added=MOST_LINES + 1), TEST), "too large"),
        (commit(*(FileChange(path=f"m{n}.py", added=1) for n in range(30)), TEST), "too large"),
    ],
)
def test_others_are_rejected_with_the_reason(given: Commit, reason: str) -> None:
    with pytest.raises(Rejected) as found:
        candidate_of(given)
    assert found.value.reason == reason


def test_spread_takes_the_newest_of_each_area_in_turn_and_loses_no_commit(tmp_path: Path) -> None:
    git = GitRepo(tmp_path / "repo")
    made = {"start": git.commit("Start the shop", {"README.md": "# Shop\n"})}
    for name in ("till/a", "till/b", "stock/a", "till/c", "stock/b", "lone"):
        made[name] = git.commit(
            f"Fix what is wrong in {name}", {f"shop/{name}.py": "X = 1\n", f"tests/test_{name}.py": ""}
        )
    made["docs"] = git.commit("docs: say how", {"README.md": "# The shop\n"})
    repo = Repository.open(git.path)
    order = spread(repo, repo.head())
    names = {sha: name for name, sha in made.items()}
    assert [names[sha] for sha in order] == [
        "lone", "stock/b", "till/c", "stock/a", "till/b", "till/a", "docs", "start"
    ]  # fmt: skip
    assert sorted(order) == sorted(newest_first(repo, repo.head()))
