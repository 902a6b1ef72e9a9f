"""The user's working tree, changed by whole files: what is to be there is made beside it by git, then moved.

Whatever is cut off in here can be repeated: what is there already is seen and left as it is.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from memcoder.errors import UsageError
from memcoder.history.git import output
from memcoder.history.repository import Repository
from memcoder.records import Run
from memcoder.wording import listed

SHOWN = 5
"""Paths named in a refusal."""


@contextmanager
def workplace(repo: Repository, done: Run) -> Iterator[Path]:
    """A folder in the git folder, so that files can be moved to the working tree whole; always the same one of a run,
    so that one that was cut off leaves nothing."""
    git = output(repo.path, "rev-parse", "--absolute-git-dir").decode(errors="surrogateescape").removesuffix("\n")
    folder = Path(git) / f"memcoder-{done.id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def patched(repo: Repository, done: Run, onto: str, folder: Path) -> str:
    """The tree of a commit with the run's patch, made in an index of its own: the user's tree and index stay."""
    patch = (done.patch.diff if done.patch else "").encode(errors="surrogateescape")
    index = folder / "index"
    output(repo.path, "read-tree", onto, index=index)
    output(repo.path, "apply", "--cached", "--whitespace=nowarn", "-", data=patch, index=index)
    return output(repo.path, "write-tree", index=index).decode().strip()


def changed(repo: Repository, old: str, new: str) -> list[str]:
    """Paths that differ between two commits or trees."""
    listed = output(repo.path, "diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    return [os.fsdecode(name) for name in listed.split(b"\0")[:-1]]


def lay_out(repo: Repository, tree: str, paths: Iterable[str], folder: Path, name: str) -> Path:
    """A folder with those of the paths that a tree has, as git checks them out here: line ends and the like are as
    the user's settings want them."""
    index, made = folder / f"{name}.index", folder / name
    output(repo.path, "read-tree", tree, index=index)
    wanted = {os.fsencode(path) for path in paths}
    held = output(repo.path, "ls-files", "-z", index=index).split(b"\0")[:-1]
    data = b"".join(path + b"\0" for path in held if path in wanted)
    output(repo.path, "checkout-index", "-z", "--stdin", f"--prefix={made}/", data=data, index=index)
    return made


def move(repo: Repository, made: Path, paths: Iterable[str]) -> None:
    """Give the working tree the files that were laid out, each whole or not at all; those that were not are removed."""
    for path in paths:
        source, target = made / path, repo.path / path
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _replace(source, target)
        elif target.exists():
            target.unlink()
            with suppress(OSError):  # git keeps no empty folders
                os.removedirs(target.parent)


def _replace(made: Path, target: Path) -> None:
    """Move a file whole, also where git's folder lies on another disk than the working tree."""
    if target.is_dir() and not target.is_symlink():
        target.rmdir()  # an empty one, which git does not see
    try:
        made.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.memcoder")
        shutil.copy2(made, beside)
        beside.replace(target)


def same(made: Path, target: Path) -> bool:
    """Whether a file of the working tree is as it was laid out, or absent as it was."""
    if not made.exists() or not target.is_file() or target.is_symlink():
        return not made.exists() and not target.exists()
    executable = [bool(path.stat().st_mode & 0o100) for path in (made, target)]
    return executable[0] == executable[1] and made.read_bytes() == target.read_bytes()


def refuse_conflicts(repo: Repository, done: Run, paths: list[str]) -> None:
    """Raises UsageError where one of the paths is not as it is at the base commit, or leads out of the repository."""
    if not paths:
        return
    options = ("--porcelain", "-z", "--untracked-files=all", "--ignored")
    local = output(repo.path, "status", *options, "--", *paths)
    committed = output(repo.path, "diff-tree", "-r", "--name-only", done.task.base_commit, "HEAD", "--", *paths)
    if leading_out(repo, paths) or local or committed:
        raise UsageError(
            "files of the patch have local changes; nothing was applied",
            f"commit or stash them, then repeat the command; `memcoder show {done.id}` has the patch",
        )


def leading_out(repo: Repository, paths: Iterable[str]) -> list[str]:
    """Paths that a link takes out of the repository."""
    root = repo.path.resolve()
    return [path for path in paths if not (root / path).parent.resolve().is_relative_to(root)]


def staged(repo: Repository, commit: str, paths: list[str]) -> list[str]:
    """Those of the paths for which the index is not as a commit has them."""
    if not paths:
        return []
    listed = output(repo.path, "diff-index", "--cached", "-z", "--name-only", "--no-renames", commit, "--", *paths)
    return [os.fsdecode(name) for name in listed.split(b"\0")[:-1]]


def named(paths: list[str]) -> str:
    """Some paths in words."""
    return listed(sorted(paths), SHOWN)
