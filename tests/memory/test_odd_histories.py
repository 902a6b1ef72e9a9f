"""Histories that hurt: each is mined to the end and recalled."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Recall
from tests.helpers import GitRepo

SETTINGS = Settings(embedder="none")
CODE = "def round_cents(amount):\n    return amount\n"
FIX = CODE.replace("return amount", "return amount + 1")
QUERY = "round_cents does the rounding of half cents wrong"


def remembered(path: Path, commits: int) -> Recall:
    """Mine all of a history, twice, and ask it."""
    repo = Repository.open(path)
    with MemoryStore.open(SETTINGS, repo.key) as store:
        report = mine(repo, store)
        assert (report.commits, report.new, len(store.known_commits())) == (commits, commits, commits)
        assert mine(repo, store).new == 0
        return recall(repo, store, QUERY, as_of="HEAD")


def mended(path: Path, *init: str) -> GitRepo:
    made = GitRepo(path, *init)
    made.commit("Start", {"money.py": CODE})
    made.commit("Fix the rounding of half cents", {"money.py": FIX})
    return made


def _octopus(path: Path) -> int:
    made = mended(path)
    for arm in ("b", "c", "d"):
        made.git("checkout", "--quiet", "-b", arm, "main")
        made.commit(f"Arm {arm}", {f"{arm}.py": "x = 1\n"})
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-edit", "b", "c", "d")
    return 6


def _sha256(path: Path) -> int:
    mended(path, "--object-format=sha256")
    return 2


def _latin(path: Path) -> int:
    made = mended(path)
    made.commit(b"Gr\xfc\xdfe an die M\xfcnzen", {"m\udcfcnze.py": CODE})
    return 3


def _case(path: Path) -> int:
    made = mended(path)
    made.git("mv", "money.py", "Money.py")
    made.commit("Rename in case only")
    return 3


def _links(path: Path) -> int:
    made = mended(path)
    (path / "link.py").symlink_to("money.py")
    (path / "dangling.py").symlink_to("/nowhere/at/all")
    made.commit("Add links")
    return 3


def _submodule(path: Path) -> int:
    made = mended(path)
    head = made.git("rev-parse", "HEAD")
    made.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendor")
    made.git("commit", "--quiet", "-m", "Add a submodule")
    return 3


@pytest.mark.parametrize("make", [_octopus, _sha256, _latin, _case, _links, _submodule])
def test_is_mined_whole_and_recalled(tmp_path: Path, make: Callable[[Path], int]) -> None:
    found = remembered(tmp_path / "odd", make(tmp_path / "odd"))
    assert any(one.memory.subject == "Fix the rounding of half cents" for one in found.memories)
    assert "round_cents" in [place.symbol for place in found.symbols]


def test_one_commit(tmp_path: Path) -> None:
    GitRepo(tmp_path / "one").commit("Fix the rounding of half cents", {"money.py": CODE})
    assert remembered(tmp_path / "one", 1).files[0].path == "money.py"


@pytest.mark.parametrize(("option", "commits"), [("--depth=1", 1), ("--filter=blob:none", 2)])
def test_shallow_and_partial_clones(tmp_path: Path, option: str, commits: int) -> None:
    made = mended(tmp_path / "whole")
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("clone", "--quiet", option, f"file://{made.path}", str(tmp_path / "clone"))
    assert remembered(tmp_path / "clone", commits).memories


def test_a_history_that_was_rewritten_between_two_mines(tmp_path: Path) -> None:
    made = mended(tmp_path / "rewritten")
    repo = Repository.open(made.path)
    gone = made.git("rev-parse", "HEAD")
    with MemoryStore.open(SETTINGS, repo.key) as store:
        mine(repo, store)
        assert gone in [one.memory.id for one in recall(repo, store, QUERY, as_of="HEAD").memories]
        made.git("commit", "--quiet", "--amend", "-m", "Fix the rounding of half cents, said better")
        repo = Repository.open(made.path)
        assert mine(repo, store).new == 1
        found = [one.memory.id for one in recall(repo, store, QUERY, as_of="HEAD").memories]
        assert made.git("rev-parse", "HEAD") in found
        assert gone not in found
        assert store.get(gone) is not None
