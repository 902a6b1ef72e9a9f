"""Take back what a run did to the user's repository, only where nothing of it was changed since.

Everything is looked at before anything is touched. Cut off and repeated, it goes on.
"""

from pathlib import Path

from memcoder.cli.commits import current_branch, move_branch, tip
from memcoder.cli.worktree import changed, lay_out, leading_out, move, named, patched, same, staged, workplace
from memcoder.errors import UsageError
from memcoder.history.git import output
from memcoder.history.repository import Repository
from memcoder.records import Delivered, Run


def take_back(repo: Repository, done: Run) -> str:
    """Take back what was delivered; a line that says what was done.

    Raises UsageError, which says what is in the way, where something of it was changed, committed, staged or pushed
    since; then nothing is changed.
    """
    delivered = done.delivered or Delivered()
    lines = []
    with workplace(repo, done) as folder:
        if delivered.branch:
            _check_branch(repo, delivered)
        if delivered.commit:
            lines.append(_take_back_commit(repo, delivered, folder))
        if delivered.files:
            lines.append(_take_back_files(repo, done, folder))
        if delivered.branch and tip(repo, delivered.branch):
            move_branch(repo, delivered.branch, "", delivered.branch_commit or "")
            lines.append(f"removed the branch {delivered.branch}")
    return "; ".join(lines)


def _check_branch(repo: Repository, delivered: Delivered) -> None:
    branch = delivered.branch or ""
    if tip(repo, branch) not in ("", delivered.branch_commit):
        raise UsageError(f"the branch {branch} has changed since", f"if you want it gone: git branch -D {branch}")
    used = output(repo.path, "worktree", "list", "--porcelain", "-z").split(b"\0")
    if f"branch refs/heads/{branch}".encode() in used:
        raise UsageError(f"the branch {branch} is checked out", "check out another one, then repeat")


def _take_back_files(repo: Repository, done: Run, folder: Path) -> str:
    """Give the working tree the base commit's files again."""
    base = done.task.base_commit
    tree = patched(repo, done, base, folder)
    paths = changed(repo, base, tree)
    committed = set(changed(repo, base, "HEAD")) & set(paths)
    if committed:
        raise UsageError(
            f"files of the patch were committed since: {named(list(committed))}", "`git revert` takes a commit back"
        )
    if found := staged(repo, base, paths):
        raise UsageError(f"files of the patch are staged: {named(found)}", "`git restore --staged` them, then repeat")
    left = _unchanged(repo, base, tree, paths, folder)
    move(repo, folder / "old", left)
    return f"took the patch out of {', '.join(paths)}"


def _take_back_commit(repo: Repository, delivered: Delivered, folder: Path) -> str:
    """Let the branch, the index and the working tree be as before the commit."""
    commit, branch = delivered.commit or "", delivered.onto or ""
    parent = repo.resolve(f"{commit}^")
    if current_branch(repo) != branch:
        raise UsageError(f"the commit is on {branch}, which is not checked out", f"check out {branch}, then repeat")
    revert = f"`git revert {commit[:12]}` takes it back with a commit of its own"
    if repo.head() not in (commit, parent):
        raise UsageError(f"{branch} has changed since commit {commit[:12]}", revert)
    if pushed := output(repo.path, "for-each-ref", "--contains", commit, "--format=%(refname:short)", "refs/remotes"):
        raise UsageError(f"commit {commit[:12]} is on {pushed.decode(errors='replace').split()[0]}", revert)
    paths = changed(repo, parent, commit)
    if found := sorted(set(staged(repo, commit, paths)) & set(staged(repo, parent, paths))):
        raise UsageError(f"files of the patch are staged: {named(found)}", "`git restore --staged` them, then repeat")
    left = _unchanged(repo, parent, commit, paths, folder)
    move(repo, folder / "old", left)
    if repo.head() == commit:
        move_branch(repo, branch, parent, commit)
    output(repo.path, "reset", "--quiet", parent, "--", *paths)
    return f"took commit {commit[:12]} off {branch}"


def _unchanged(repo: Repository, old: str, new: str, paths: list[str], folder: Path) -> list[str]:
    """The paths that are to be taken back, with the old files laid out beside.

    Raises UsageError, which names them, where files are neither as the patch left them nor as they were before.
    """
    was, became = lay_out(repo, old, paths, folder, "old"), lay_out(repo, new, paths, folder, "new")
    left = [path for path in paths if not same(was / path, repo.path / path)]
    other = [path for path in left if not same(became / path, repo.path / path)]
    if found := other or leading_out(repo, left):
        raise UsageError(
            f"changed since the patch was applied: {named(found)}; nothing was taken back",
            "`git diff` shows what; `git checkout -- FILE` gives a file up",
        )
    return left
