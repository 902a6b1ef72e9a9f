"""A patch that a human edited: checked against the base commit, and never lost where it does not hold."""

import os
import tempfile
from pathlib import Path

from memcoder.errors import UsageError
from memcoder.history.git import DIFF_OPTIONS, output, run
from memcoder.history.repository import Repository
from memcoder.records import Patch
from memcoder.whole import write_whole

KEPT = "edited.diff"
"""File of a run's folder that holds an edited patch which could not be taken."""


def checked_patch(repo: Repository, base: str, text: str) -> Patch:
    """The patch as git writes it, with counts and context made right; traditional diffs are taken too.

    Raises UsageError where it does not apply to the base commit, or changes nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"  # of its own: the user's index and work tree stay
        output(repo.path, "read-tree", base, index=index)
        data = text.encode(errors="surrogateescape")
        apply = ("apply", "--cached", "--recount", "--whitespace=nowarn", "-")
        done = run(repo.path, *apply, data=data if data.endswith(b"\n") else data + b"\n", index=index)
        if done.returncode and text.strip():
            said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
            raise UsageError(f"the edited patch does not apply to {base[:12]}: {said}", "correct it, then repeat")
        compare = ("diff", "--cached", *DIFF_OPTIONS)
        diff = output(repo.path, *compare, "--binary", base, "--", index=index).decode(errors="surrogateescape")
        names = output(repo.path, *compare, "--name-only", "--no-renames", "-z", base, "--", index=index)
    if not diff.strip():
        raise UsageError("the edited patch changes nothing", "reject the run instead, or correct the patch")
    return Patch(diff=diff, files=tuple(os.fsdecode(name) for name in names.split(b"\0")[:-1]))


def keep_text(folder: Path, text: str) -> Path:
    """Keep what a human wrote in a run's folder, whole or not at all."""
    path = folder / KEPT
    write_whole(path, text.encode(errors="surrogateescape"))
    return path


def kept_text(folder: Path) -> str | None:
    """The edited patch that could not be taken the last time."""
    path = folder / KEPT
    return path.read_bytes().decode(errors="surrogateescape") if path.is_file() else None
