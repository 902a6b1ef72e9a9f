"""What steers the tests stands as at the base commit, whatever a patch made of it."""

from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.records import Patch
from memcoder.sandbox.base import DIFF_LIMIT
from memcoder.sandbox.door import prepare
from memcoder.verify.guarded import guard_tests
from tests.helpers import GitRepo

BEFORE = b"[project]\nname = 'x'\n"


@pytest.mark.parametrize(
    ("now", "guarded"),
    [
        (BEFORE + b"version = '2'\n", ()),
        (BEFORE + b"[tool.pytest.ini_options]\naddopts = '-k nothing'\n", ("pyproject.toml",)),
        (BEFORE + b"#" * DIFF_LIMIT, ("pyproject.toml",)),
    ],
    ids=["says nothing of tests", "steers tests", "is too large to be read"],
)
def test_a_shared_file_is_put_back_where_it_may_steer_tests(tmp_path: Path, now: bytes, guarded: tuple[str]) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("Begin", {"pyproject.toml": BEFORE.decode()})
    repo = Repository.open(made.path)
    with prepare(repo.path, repo.head(), Settings(sandbox="local")).start() as sandbox:
        sandbox.write("pyproject.toml", now)
        patch = Patch(diff="", files=("pyproject.toml",))
        assert guard_tests(sandbox, repo, repo.head(), patch, ()) == guarded
        if guarded:
            assert sandbox.read("pyproject.toml") == BEFORE
