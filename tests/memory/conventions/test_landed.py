from pathlib import Path

from memcoder.history.commits import list_commits, read_commits
from memcoder.history.repository import Repository
from memcoder.memory.conventions.landed import Landed, added_calls, landed
from tests.helpers import GitRepo


def changes(made: GitRepo, revision: str = "HEAD") -> list[Landed]:
    repo = Repository.open(made.path)
    return landed(read_commits(repo, list_commits(repo, revision)))


def merge(made: GitRepo, branch: str, message: str) -> str:
    made.git("merge", "--quiet", "--no-ff", branch, "-m", message)
    made.commits += 1
    return made.git("rev-parse", "HEAD")


def test_a_merged_request_is_one_change_with_the_request_s_title(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"a.py": "x = 1\n"})
    made.git("checkout", "--quiet", "-b", "topic")
    made.commit("wip", {"a.py": "x = 2\n"})
    made.commit("test it", {"tests/test_a.py": "y = 1\n"})
    made.git("checkout", "--quiet", "main")
    merged = merge(made, "topic", "Merge pull request #7 from someone/topic\n\nFix the sign of x")
    made.commit("Add b", {"b.py": "z = 1\n"})
    found = changes(made)
    assert [change.title for change in found] == ["Start", "Fix the sign of x", "Add b"]
    assert found[1].kind == "fix"
    assert found[1].sha == merged
    assert {file.path for file in found[1].files} == {"a.py", "tests/test_a.py"}
    assert len(found[1].commits) == 2


def test_two_lines_that_meet_keep_their_changes_apart(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"a.py": "x = 1\n"})
    made.git("checkout", "--quiet", "-b", "stable")
    for number in (1, 2):
        made.git("checkout", "--quiet", "-b", f"topic{number}")
        made.commit(f"Fix {number}", {f"fix{number}.py": "x = 1\n"})
        made.git("checkout", "--quiet", "stable")
        merge(made, f"topic{number}", f"Merge pull request #{number} from someone/topic{number}")
    made.git("checkout", "--quiet", "main")
    made.commit("Add b", {"b.py": "z = 1\n"})
    merge(made, "stable", "Merge branch 'stable'")
    assert sorted(change.title for change in changes(made)) == ["Add b", "Fix 1", "Fix 2", "Start"]


def test_every_commit_is_told_of_once_whatever_the_graph(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"a.py": "x = 1\n"})
    for name in ("one", "two"):
        made.git("checkout", "--quiet", "-b", name, "main")
        made.commit(f"On {name}", {f"{name}.py": "x = 1\n"})
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-ff", "one", "two", "-m", "Octopus")
    made.commits += 1
    found = changes(made)
    told = [commit.sha for change in found for commit in change.commits]
    assert len(told) == len(set(told)) == 3
    assert len(found) == 2
    assert landed([]) == []


def test_calls_that_a_change_added(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"a.py": "old_call(1)\n"})
    made.commit("Use helpers", {"a.py": "old_call(1)\nround_cents(2)\nmoney.as_cents(3)\nself.one.two(4)\n"})
    assert added_calls(changes(made)[1]) == {"a.py": {"round_cents", "money.as_cents"}}
