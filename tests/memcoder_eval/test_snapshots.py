"""A snapshot holds one commit, and the tag from which its project counts its version."""

from pathlib import Path

from memcoder_eval.snapshots import snapshot

from memcoder.history.repository import Repository
from tests.helpers import GitRepo


def test_a_snapshot_is_its_commit_alone_named_by_the_nearest_tag_of_its_past(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("One", {"a.py": "x = 1\n"})
    repo.git("tag", "1.0")
    base = repo.commit("Two", {"a.py": "x = 2\n"})
    repo.git("tag", "nightly")
    repo.commit("Three", {"a.py": "x = 3\n"})
    repo.git("tag", "2.0")
    made = GitRepo(snapshot(Repository.open(repo.path), base, tmp_path / "snapshot").path)
    assert made.git("describe", "--tags") == "1.0"
    assert made.git("log", "--all", "--format=%H").split() == [base]


def test_without_tags_it_has_none(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    base = repo.commit("One", {"a.py": ""})
    made = GitRepo(snapshot(Repository.open(repo.path), base, tmp_path / "snapshot").path)
    assert made.git("tag") == ""
