from pathlib import Path

import pytest

from memcoder.agent.staged import diff_of
from tests.helpers import GitRepo


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\n", "a\nc\n"),
        ("a\x0cb\nc\n", "a\x0cb\nd\n"),
        ("a\nb", "a\nc"),
        ("a\nb", "a\nb\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\u2028b\nc\n", "a\u2028c\nc\n"),
        ("", "a\n"),
    ],
)
def test_git_takes_the_diff_of_an_attempt(tmp_path: Path, old: str, new: str) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("Old", {"a.txt": old})
    diff = tmp_path / "a.diff"
    diff.write_bytes(diff_of({"a.txt": old}, {"a.txt": new}).encode())
    repo.git("apply", str(diff))
    assert (repo.path / "a.txt").read_bytes().decode() == new
