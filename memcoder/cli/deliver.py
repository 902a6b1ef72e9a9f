"""Bring a verified patch to the user's repository: onto the working tree, or as a commit on a new branch.

Both can be cut off at any point and repeated: what is there already is seen and left as it is.
"""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from memcoder.errors import FaultError, UsageError
from memcoder.history.git import output, run
from memcoder.history.repository import Repository
from memcoder.records import Run
from memcoder.runs.store import RunStore

SUBJECT_LIMIT = 72
MADE = "files"
MARK = "memcoder run "
"""Begins the line of a commit's message that names its run."""


def check_delivery(repo: Repository, base: str, apply_patch: bool, branch: str | None, new: bool = False) -> None:
    """Refuse before anything is spent. Raises UsageError where the patch could not be delivered.

    A branch that a run made which was then cut off is no obstacle to going on with that run, only to a `new` one.
    """
    if apply_patch and repo.bare:
        raise UsageError("a bare repository has no working tree", "use --branch NAME")
    if apply_patch and repo.resolve(base) != repo.head():
        raise UsageError(f"--apply needs {base} to be checked out", "check it out, or use --branch NAME")
    if branch is not None:
        if run(repo.path, "check-ref-format", "--branch", branch).returncode or branch.startswith("-"):
            raise UsageError(f"{branch!r} is no name for a branch", "give another name")
        if _tip(repo, branch) and (new or not RunStore.open().is_unfinished(_maker(repo, branch))):
            raise _taken(branch)


def deliver(repo: Repository, done: Run, apply_patch: bool, branch: str | None) -> str:
    """Apply or commit a run's patch; a line that says what was done.

    Raises UsageError where local changes or another branch are in the way; then nothing is changed.
    """
    lines = []
    with _workplace(repo, done) as folder:
        index = folder / "index"
        tree = _patched(repo, done, index)
        left = _left(repo, done, tree, folder) if apply_patch else []
        if branch:
            lines.append(_commit(repo, done, tree, branch))
        if apply_patch:
            _move(repo, folder, left)
            lines.append(f"applied to {', '.join(done.patch.files if done.patch else ())}")
    return "; ".join(lines)


@contextmanager
def _workplace(repo: Repository, done: Run) -> Iterator[Path]:
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


def _patched(repo: Repository, done: Run, index: Path) -> str:
    """The tree of the base commit with the patch, made in an index of its own: the user's tree and index stay."""
    patch = (done.patch.diff if done.patch else "").encode(errors="surrogateescape")
    output(repo.path, "read-tree", done.task.base_commit, index=index)
    output(repo.path, "apply", "--cached", "--whitespace=nowarn", "-", data=patch, index=index)
    return output(repo.path, "write-tree", index=index).decode().strip()


def _commit(repo: Repository, done: Run, tree: str, branch: str) -> str:
    """A commit of the tree on the base commit, on a new branch, unless this run made that already."""
    if tip := _tip(repo, branch):
        if _maker(repo, branch) != done.id:
            raise _taken(branch)
        return f"committed {tip[:12]} to the new branch {branch}"
    message = f"{_subject(done)}\n\n{MARK}{done.id}\n"
    made = run(repo.path, "commit-tree", tree, "-p", done.task.base_commit, data=message.encode())
    if made.returncode:
        raise FaultError(
            f"git cannot commit: {made.stderr.decode(errors='replace').strip()}", "set user.name and user.email"
        )
    commit = made.stdout.decode().strip()
    output(repo.path, "update-ref", f"refs/heads/{branch}", commit, "")
    return f"committed {commit[:12]} to the new branch {branch}"


def _left(repo: Repository, done: Run, tree: str, folder: Path) -> list[str]:
    """Paths whose working files are not yet as the tree has them; the tree's own are put beside, by git, so that
    line ends and the like are as the user's settings want them. Raises UsageError for local changes.
    """
    listed = output(repo.path, "diff-tree", "-r", "-z", "--name-status", "--no-renames", done.task.base_commit, tree)
    fields = listed.split(b"\0")[:-1]
    status, names = fields[::2], fields[1::2]
    kept = b"".join(name + b"\0" for kind, name in zip(status, names, strict=True) if kind != b"D")
    made = folder / MADE
    output(repo.path, "checkout-index", "-z", "--stdin", f"--prefix={made}/", data=kept, index=folder / "index")
    paths = [os.fsdecode(name) for name in names]
    left = [path for path in paths if not _same(made / path, repo.path / path)]
    _refuse_conflicts(repo, done, left)
    return left


def _move(repo: Repository, folder: Path, paths: list[str]) -> None:
    """Give the working tree its new files, each whole or not at all."""
    for path in paths:
        made, target = folder / MADE / path, repo.path / path
        if made.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _replace(made, target)
        else:
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


def _same(made: Path, target: Path) -> bool:
    if not made.exists() or not target.is_file() or target.is_symlink():
        return not made.exists() and not target.exists()
    executable = [bool(path.stat().st_mode & 0o100) for path in (made, target)]
    return executable[0] == executable[1] and made.read_bytes() == target.read_bytes()


def _refuse_conflicts(repo: Repository, done: Run, paths: list[str]) -> None:
    """Raises UsageError where one of the paths is not as it is at the base commit, or leads out of the repository."""
    if not paths:
        return
    root = repo.path.resolve()
    out = [path for path in paths if not (root / path).parent.resolve().is_relative_to(root)]
    options = ("--porcelain", "-z", "--untracked-files=all", "--ignored")
    changed = output(repo.path, "status", *options, "--", *paths)
    committed = output(repo.path, "diff-tree", "-r", "--name-only", done.task.base_commit, "HEAD", "--", *paths)
    if out or changed or committed:
        raise UsageError(
            "files of the patch have local changes; nothing was applied",
            f"commit or stash them, then repeat the command; `memcoder show {done.id}` has the patch",
        )


def _tip(repo: Repository, branch: str) -> str:
    """The branch's commit; empty where there is no such branch."""
    found = run(repo.path, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
    return found.stdout.decode().strip() if found.returncode == 0 else ""


def _maker(repo: Repository, branch: str) -> str:
    """The run that the branch's last commit names; `-` where it names none."""
    message = output(repo.path, "log", "-1", "--format=%B", f"refs/heads/{branch}", "--").decode(errors="replace")
    found = re.search(rf"^{MARK}([0-9a-f-]+)$", message, re.M)
    return found[1] if found else "-"


def _taken(branch: str) -> UsageError:
    return UsageError(f"there is a branch {branch} already", "give another name")


def _subject(done: Run) -> str:
    """The issue's first line, short enough for a commit's subject."""
    first = next((line.strip("# ").strip() for line in done.task.issue.splitlines() if line.strip()), "an issue")
    return f"Fix: {first}"[:SUBJECT_LIMIT]
