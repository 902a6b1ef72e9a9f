"""Bring a verified patch to the user's repository: onto the working tree, or as a commit on a new branch."""

import tempfile
from pathlib import Path

from memcoder.errors import FaultError, UsageError
from memcoder.history.git import output, run
from memcoder.history.repository import Repository
from memcoder.records import Run

SUBJECT_LIMIT = 72


def check_delivery(repo: Repository, base: str, apply_patch: bool, branch: str | None) -> None:
    """Refuse before anything is spent. Raises UsageError where the patch could not be delivered."""
    if apply_patch and repo.bare:
        raise UsageError("a bare repository has no working tree", "use --branch NAME")
    if apply_patch and repo.resolve(base) != repo.head():
        raise UsageError(f"--apply needs {base} to be checked out", "check it out, or use --branch NAME")
    if branch is not None:
        if run(repo.path, "check-ref-format", "--branch", branch).returncode or branch.startswith("-"):
            raise UsageError(f"{branch!r} is no name for a branch", "give another name")
        if run(repo.path, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}").returncode == 0:
            raise UsageError(f"there is a branch {branch} already", "give another name")


def deliver(repo: Repository, done: Run, apply_patch: bool, branch: str | None) -> str:
    """Apply or commit a run's patch; a line that says what was done.

    Raises UsageError where local changes are in the way; then nothing is changed.
    """
    patch = (done.patch.diff if done.patch else "").encode(errors="surrogateescape")
    lines = []
    if branch:
        commit = _commit(repo, done, patch)
        output(repo.path, "update-ref", f"refs/heads/{branch}", commit, "")
        lines.append(f"committed {commit[:12]} to the new branch {branch}")
    if apply_patch:
        _refuse_conflicts(repo, done)
        found = run(repo.path, "apply", "--whitespace=nowarn", "-", data=patch)
        if found.returncode:
            raise UsageError(
                f"the patch does not apply: {found.stderr.decode(errors='replace').strip()}", "see the run's patch"
            )
        lines.append(f"applied to {', '.join(done.patch.files if done.patch else ())}")
    return "; ".join(lines)


def _refuse_conflicts(repo: Repository, done: Run) -> None:
    changed = output(repo.path, "status", "--porcelain", "-z", "--", *(done.patch.files if done.patch else ()))
    if changed.strip(b"\0 "):
        raise UsageError(
            "files of the patch have local changes; nothing was applied",
            f"commit or stash them, then `memcoder show {done.id}`",
        )


def _commit(repo: Repository, done: Run, patch: bytes) -> str:
    """A commit of the patch on the base commit, made in an index of its own: the user's tree and index stay."""
    with tempfile.TemporaryDirectory(prefix="memcoder-") as folder:
        index = Path(folder) / "index"
        base = done.task.base_commit
        output(repo.path, "read-tree", base, index=index)
        output(repo.path, "apply", "--cached", "--whitespace=nowarn", "-", data=patch, index=index)
        tree = output(repo.path, "write-tree", index=index).decode().strip()
        message = f"{_subject(done)}\n\nmemcoder run {done.id}\n"
        made = run(repo.path, "commit-tree", tree, "-p", base, data=message.encode())
        if made.returncode:
            raise FaultError(
                f"git cannot commit: {made.stderr.decode(errors='replace').strip()}", "set user.name and user.email"
            )
        return made.stdout.decode().strip()


def _subject(done: Run) -> str:
    """The issue's first line, short enough for a commit's subject."""
    first = next((line.strip("# ").strip() for line in done.task.issue.splitlines() if line.strip()), "an issue")
    return f"Fix: {first}"[:SUBJECT_LIMIT]
