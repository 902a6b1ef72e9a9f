"""What of a work tree is kept: files that git ignores, neither caches nor more than a limit."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from memcoder.sandbox import generated_files
from memcoder.sandbox.generated import SCRIPT
from tests.helpers import GitRepo

IGNORED = "*.so\n_version.py\nbuild/\n__pycache__/\nmade/\n"


def tree(folder: Path, files: dict[str, str | bytes | None]) -> GitRepo:
    repo = GitRepo(folder / "repo")
    repo.commit("One", {".gitignore": IGNORED})
    repo.write(files)
    return repo


def kept(archive: Path) -> list[str]:
    with tarfile.open(archive) as saved:
        return saved.getnames()


def test_only_what_git_ignores_and_code_may_need_is_kept(tmp_path: Path) -> None:
    names = (
        "_version.py",
        "a b/ü.so",
        "made/x.egg-info/PKG-INFO",
        "new.py",
        "build/x.so",
        "__pycache__/x.pyc",
        "made/x.o",
    )
    repo = tree(tmp_path, dict.fromkeys(names, "x"))
    assert generated_files.save(repo.path, tmp_path / "a.tar") == {"files": 3, "bytes": 3, "left_out": 0}
    assert kept(tmp_path / "a.tar") == ["_version.py", "a b/ü.so", "made/x.egg-info/PKG-INFO"]


def test_nothing_to_keep_makes_no_archive(tmp_path: Path) -> None:
    assert generated_files.save(tree(tmp_path, {"new.py": ""}).path, tmp_path / "a.tar")["files"] == 0
    assert not (tmp_path / "a.tar").exists()


def test_over_the_limit_the_largest_are_left_out_and_counted(tmp_path: Path) -> None:
    repo = tree(tmp_path, {"large.so": b"x" * 1000, "small.so": b"x" * 10, "_version.py": "x"})
    assert generated_files.save(repo.path, tmp_path / "a.tar", limit=100) == {"files": 2, "bytes": 11, "left_out": 1}
    assert kept(tmp_path / "a.tar") == ["_version.py", "small.so"]


def test_links_and_second_names_survive_the_narrowing_of_what_they_name(tmp_path: Path) -> None:
    repo = tree(tmp_path, {"one.so": "x"})
    os.link(repo.path / "one.so", repo.path / "two.so")
    (repo.path / "three.so").symlink_to("two.so")
    os.mkfifo(repo.path / "pipe.so")
    generated_files.save(repo.path, tmp_path / "a.tar")
    repo.git("add", "--force", "one.so")
    generated_files.narrow(repo.path, tmp_path / "a.tar", tmp_path / "b")
    assert kept(tmp_path / "b.tar") == ["three.so", "two.so"]
    assert (tmp_path / "b.list").read_bytes() == b"three.so\0two.so\0"
    with tarfile.open(tmp_path / "b.tar") as narrowed:
        assert narrowed.extractfile("two.so").read() == b"x"  # type: ignore[union-attr]


def test_a_tree_without_git_fails_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-c", SCRIPT.read_text(), "save", str(tmp_path), str(tmp_path / "a.tar")]
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"GIT_DIR": "/nowhere"})
    assert done.returncode != 0
    assert b"git cannot say" in done.stderr
