import os
import time
from pathlib import Path

import pytest

from memcoder.config import home
from memcoder.errors import FaultError, UsageError
from memcoder.history import roots
from memcoder.history.commits import list_commits
from memcoder.history.git import bounded
from memcoder.history.repository import Repository
from tests.helpers import GitRepo, make_shop


def test_reads_commits_files_and_ancestors(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    repo = Repository.open(made.path / "shop")
    assert repo.path == made.path.resolve()
    assert repo.head() == shas["docs"]
    assert repo.resolve(shas["cart"][:10]) == shas["cart"]
    assert repo.ancestors(shas["cart"]) == {shas["start"], shas["money"], shas["cart"]}
    assert repo.is_ancestor(shas["cart"], shas["docs"])
    assert repo.is_ancestor(shas["cart"], shas["cart"])
    assert not repo.is_ancestor(shas["docs"], shas["cart"])
    assert repo.files(shas["money"]) == ["README.md", "shop/__init__.py", "shop/money.py"]
    assert (repo.read(shas["rounding"], "shop/money.py") or b"").count(b"+ 0.5") == 1
    assert repo.read(shas["start"], "shop/money.py") is None


def test_key_is_the_same_in_a_clone(tmp_path: Path) -> None:
    made, _ = make_shop(tmp_path / "shop")
    made.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Repository.open(tmp_path / "bare.git")
    assert bare.bare
    assert bare.key == Repository.open(made.path).key
    with pytest.raises(UsageError, match="bare"):
        bare.require_work_tree()


def test_shallow_clone_and_detached_head_are_noticed(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    made.git("clone", "--quiet", "--depth=2", f"file://{made.path}", str(tmp_path / "shallow"))
    assert Repository.open(tmp_path / "shallow").shallow
    made.git("checkout", "--quiet", "--detach", shas["stock"])
    assert Repository.open(made.path).head() == shas["stock"]


def test_before_a_commit_is_its_first_parent_and_before_a_root_itself(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "made")
    root, child = made.commit("Root", {"a": "1"}), made.commit("Child", {"a": "2"})
    repo = Repository.open(made.path)
    assert (repo.before(child), repo.before(root)) == (root, root)


def test_dirt_is_tracked_changes_only(tmp_path: Path) -> None:
    made, _ = make_shop(tmp_path / "shop")
    repo = Repository.open(made.path)
    made.write({"new.py": "x = 1\n"})
    assert not repo.is_dirty()
    made.write({"shop/money.py": "x = 1\n"})
    assert repo.is_dirty()


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a git repository"):
        Repository.open(tmp_path)
    with pytest.raises(UsageError, match="not a folder"):
        Repository.open(tmp_path / "nowhere")
    empty = GitRepo(tmp_path / "empty")
    with pytest.raises(UsageError, match="no commits"):
        Repository.open(empty.path)


@pytest.mark.parametrize("rev", ["", "nope", "--all", "HEAD^{tree}", "HEAD:README.md", "a\0b"])
def test_what_is_no_commit_is_refused(tmp_path: Path, rev: str) -> None:
    made, _ = make_shop(tmp_path / "shop")
    with pytest.raises(UsageError, match="not a commit"):
        Repository.open(made.path).resolve(rev)


def test_configuration_of_the_repository_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, shas = make_shop(tmp_path / "shop")
    proof = tmp_path / "proof"
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {proof}\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand"):
        made.git("config", name, str(trap))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    repo = Repository.open(made.path)
    assert repo.head() == shas["docs"]
    repo.is_dirty()
    repo.ancestors(repo.head())
    assert not proof.exists()


def test_paths_that_are_not_text_are_read(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "odd")
    blob = made.git("hash-object", "-w", "--stdin", data=b"caf\xe9 = 1\n")
    made.git("update-index", "--add", "-z", "--index-info", data=f"100644 {blob}\t".encode() + b"caf\xe9.py\0")
    tree = made.git("write-tree")
    sha = made.git("commit-tree", tree, "-m", "odd name")
    made.git("update-ref", "HEAD", sha)
    repo = Repository.open(made.path)
    assert repo.files(sha) == ["caf\\xe9.py"]
    assert repo.read(sha, "caf\\xe9.py") == b"caf\xe9 = 1\n"


def count_walks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    walks: list[tuple[str, ...]] = []
    walk = roots._walk

    def counted(folder: Path, *revisions: str) -> list[str]:
        walks.append(revisions)
        return walk(folder, *revisions)

    monkeypatch.setattr(roots, "_walk", counted)
    return walks


def test_the_key_is_found_once_and_then_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, shas = make_shop(tmp_path / "shop")
    walks = count_walks(monkeypatch)
    key = Repository.open(made.path).key
    assert Repository.open(made.path).key == key
    assert walks == [(shas["docs"],)]
    made.git("checkout", "--quiet", "--orphan", "other")
    made.commit("another root")
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-edit", "--allow-unrelated-histories", "-s", "ours", "other")
    grown = Repository.open(made.path)
    assert grown.key != key
    assert walks[1:] == [(grown.head(), f"^{shas['docs']}")]
    (remembered,) = (home() / roots.FOLDER).iterdir()
    remembered.unlink()
    assert Repository.open(made.path).key == grown.key
    made.git("reset", "--quiet", "--hard", shas["cart"])
    assert Repository.open(made.path).key == key


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"null", b'{"head": 1, "roots": []}', b'{"head": "%s", "roots": ["x"]}', b"\xff\0"]
)
def test_a_damaged_memory_of_the_key_is_not_believed(tmp_path: Path, damage: bytes) -> None:
    made, shas = make_shop(tmp_path / "shop")
    key = Repository.open(made.path).key
    (remembered,) = (home() / roots.FOLDER).iterdir()
    remembered.write_bytes(damage.replace(b"%s", shas["docs"].encode()))
    assert Repository.open(made.path).key == key
    assert Repository.open(made.path).key == key


def test_the_key_of_a_shallow_clone_is_not_remembered(tmp_path: Path) -> None:
    made, _ = make_shop(tmp_path / "shop")
    made.git("clone", "--quiet", "--depth=2", f"file://{made.path}", str(tmp_path / "clone"))
    shallow = Repository.open(tmp_path / "clone")
    assert shallow.key
    made.git("-C", str(tmp_path / "clone"), "fetch", "--quiet", "--unshallow")
    assert Repository.open(tmp_path / "clone").key == Repository.open(made.path).key != shallow.key


def test_what_is_new_since_a_known_commit(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    repo = Repository.open(made.path)
    assert list_commits(repo, "HEAD", [shas["rounding"]]) == [shas["reserve"], shas["docs"]]
    assert list_commits(repo, "HEAD", [shas["docs"]]) == []


def test_a_child_that_goes_on_is_ended_by_bytes_or_by_time(tmp_path: Path) -> None:
    made, _ = make_shop(tmp_path / "shop")
    everything = ("log", "-p", "--all")
    whole, done = bounded(made.path, *everything, seconds=60, most=1 << 20)
    assert done
    assert bounded(made.path, *everything, seconds=60, most=100) == (whole[:100], False)
    assert bounded(made.path, *everything, seconds=0, most=1 << 20) == (b"", False)
    started = time.monotonic()
    # It waits for a reader that never comes: git writes nothing, and only time ends it.
    os.mkfifo(tmp_path / "pipe")
    hung = bounded(made.path, "hash-object", str(tmp_path / "pipe"), seconds=0.5, most=100)
    assert hung == (b"", False)
    assert time.monotonic() - started < 20
    with pytest.raises(FaultError, match="no-such-branch"):
        bounded(made.path, "log", "no-such-branch", "--", seconds=60, most=100)
