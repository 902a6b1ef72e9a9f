"""Bring a verified patch to the user's repository: onto the working tree, or as a commit on this or a new branch.

All of it can be cut off at any point and repeated: what is there already is seen and left as it is.
"""

from collections.abc import Callable
from pathlib import Path

from memcoder.cli.commits import current_branch, made_since, make_commit, maker, move_branch, tip
from memcoder.cli.worktree import changed, lay_out, move, patched, refuse_conflicts, same, staged, workplace
from memcoder.errors import UsageError
from memcoder.history.git import output, run
from memcoder.history.repository import Repository
from memcoder.records import Delivered, Delivery, Run
from memcoder.runs.store import RunStore

Subject = Callable[[Run], str]
"""Writes the first line of a commit's message."""


def check_delivery(
    repo: Repository, base: str, delivery: Delivery, *, new: bool = False, going_on: bool = False
) -> None:
    """Refuse before anything is spent. Raises UsageError where the patch could not be delivered.

    A branch that a run made which was then cut off is no obstacle to going on with that run, only to a `new` one.
    A run that is `going_on` may find other commits than its base checked out: delivering sees whether they touch the
    same files.
    """
    if delivery.commit and (delivery.apply or delivery.branch):
        raise UsageError("--commit goes with neither --apply nor --branch", "give one of them")
    if delivery.apply or delivery.commit:
        _check_work_tree(repo, base, delivery, going_on)
    if delivery.branch is not None:
        _check_branch(repo, delivery.branch, new)


def _check_work_tree(repo: Repository, base: str, delivery: Delivery, going_on: bool) -> None:
    if repo.bare:
        raise UsageError("a bare repository has no working tree", "use --branch NAME")
    if delivery.commit:
        current_branch(repo)
    if going_on:
        return
    if delivery.commit and RunStore.open().is_unfinished(made := maker(repo, repo.head())):
        raise UsageError(f"run {made} was cut off once it had committed here", f"`memcoder resume {made}` ends it")
    if repo.resolve(base) != repo.head():
        option = "--apply" if delivery.apply else "--commit"
        raise UsageError(f"{option} needs {base} to be checked out", "check it out, or use --branch NAME")


def _check_branch(repo: Repository, branch: str, new: bool) -> None:
    if run(repo.path, "check-ref-format", "--branch", branch).returncode or branch.startswith("-"):
        raise UsageError(f"{branch!r} is no name for a branch", "give another name")
    made = tip(repo, branch)
    if made and (new or not RunStore.open().is_unfinished(maker(repo, made))):
        raise _taken(branch)


def deliver(repo: Repository, done: Run, delivery: Delivery, subject: Subject) -> Delivered:
    """Apply or commit a run's patch; what was done.

    Raises UsageError where local changes or another branch are in the way; then nothing is changed.
    """
    with workplace(repo, done) as folder:
        if delivery.commit:
            return _commit_here(repo, done, folder, subject)
        tree = patched(repo, done, done.task.base_commit, folder)
        made, left = _left(repo, done, tree, folder) if delivery.apply else (folder, [])
        commit = _commit_there(repo, done, tree, delivery.branch, subject) if delivery.branch else None
        move(repo, made, left)
        files = tuple(changed(repo, done.task.base_commit, tree)) if delivery.apply else ()
        return Delivered(files=files, branch=delivery.branch, branch_commit=commit)


def told(done: Delivered) -> str:
    """What was done, in one line."""
    parts = [f"applied to {', '.join(done.files)}"] if done.files else []
    if done.commit:
        parts.append(f"committed {done.commit[:12]} on {done.onto}")
    if done.branch_commit:
        parts.append(f"committed {done.branch_commit[:12]} to the new branch {done.branch}")
    return "; ".join(parts)


def _commit_there(repo: Repository, done: Run, tree: str, branch: str, subject: Subject) -> str:
    """A commit of the tree on the base commit, on a new branch, unless this run made that already."""
    if there := tip(repo, branch):
        if maker(repo, there) != done.id:
            raise _taken(branch)
        return there
    commit = make_commit(repo, done, tree, done.task.base_commit, subject(done))
    move_branch(repo, branch, commit, "")
    return commit


def _commit_here(repo: Repository, done: Run, folder: Path, subject: Subject) -> Delivered:
    """The patch's files and nothing else, committed on the branch that is checked out; the rest of the working tree
    and of the index stays."""
    branch, head = current_branch(repo), repo.head()
    base, commit = done.task.base_commit, made_since(repo, done)
    if not commit:
        tree = patched(repo, done, base, folder)
        paths = changed(repo, base, tree)
        made, left = _left(repo, done, tree, folder)
        _refuse_staged(repo, done, tree, paths)
        commit = make_commit(repo, done, patched(repo, done, head, folder), head, subject(done))
        move(repo, made, left)
        move_branch(repo, branch, commit, head)
    _take_into_index(repo, commit)
    return Delivered(commit=commit, onto=branch)


def _take_into_index(repo: Repository, commit: str) -> None:
    """Have the index know a commit's files, where it still has them as they were before."""
    paths = changed(repo, f"{commit}^", commit)
    old = set(paths) - set(staged(repo, f"{commit}^", paths))
    if old:
        output(repo.path, "reset", "--quiet", commit, "--", *sorted(old))


def _left(repo: Repository, done: Run, tree: str, folder: Path) -> tuple[Path, list[str]]:
    """The patch's files laid out, and the paths whose working files are not yet so. Raises UsageError for local
    changes."""
    paths = changed(repo, done.task.base_commit, tree)
    made = lay_out(repo, tree, paths, folder, "new")
    left = [path for path in paths if not same(made / path, repo.path / path)]
    refuse_conflicts(repo, done, left)
    return made, left


def _refuse_staged(repo: Repository, done: Run, tree: str, paths: list[str]) -> None:
    """Raises UsageError where the index has something else of a path than the base commit or the patch, or where the
    branch has."""
    other = set(staged(repo, done.task.base_commit, paths)) & set(staged(repo, tree, paths))
    if other or set(paths) & set(changed(repo, done.task.base_commit, "HEAD")):
        raise UsageError(
            "files of the patch have staged or newly committed changes; nothing was committed",
            f"commit or unstage them, then repeat the command; `memcoder show {done.id}` has the patch",
        )


def _taken(branch: str) -> UsageError:
    return UsageError(f"there is a branch {branch} already", "give another name")
