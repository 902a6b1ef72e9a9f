"""Commits and branches that memcoder makes in the user's repository, by plumbing alone.

No hook runs and nothing is signed: a hook may run what the patch has changed, which belongs in a sandbox.
"""

from memcoder.errors import FaultError, UsageError
from memcoder.history.git import output, run
from memcoder.history.repository import Repository
from memcoder.records import Run
from memcoder.runs.mark import MADE_BY, MARK

AT_WORK = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
"""What git has in its folder while something of the user's is half done."""


def make_commit(repo: Repository, done: Run, tree: str, parent: str, subject: str) -> str:
    """A commit that no branch has yet. Raises FaultError where git does not know who commits."""
    message = f"{subject}\n\n{MARK}{done.id}\n"
    made = run(repo.path, "commit-tree", tree, "-p", parent, data=message.encode(errors="replace"))
    if made.returncode:
        raise FaultError(
            f"git cannot commit: {made.stderr.decode(errors='replace').strip()}", "set user.name and user.email"
        )
    return made.stdout.decode().strip()


def move_branch(repo: Repository, branch: str, new: str, old: str) -> None:
    """Let a branch name another commit, unless something else has moved it; an empty `old` makes it, an empty `new`
    removes it."""
    ref = f"refs/heads/{branch}"
    arguments = ("update-ref", ref, new, old) if new else ("update-ref", "-d", ref, old)
    done = run(repo.path, *arguments)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise UsageError(f"the branch {branch} has moved meanwhile: {said[-200:]}", "repeat the command")


def tip(repo: Repository, branch: str) -> str:
    """The branch's commit; empty where there is no such branch."""
    found = run(repo.path, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
    return found.stdout.decode().strip() if found.returncode == 0 else ""


def maker(repo: Repository, commit: str) -> str:
    """The run that a commit's message names; `-` where it names none."""
    message = output(repo.path, "log", "-1", "--format=%B", commit, "--").decode(errors="replace")
    found = MADE_BY.search(message)
    return found[1] if found else "-"


def made_since(repo: Repository, done: Run) -> str:
    """The run's own commit among those that the branch that is checked out got since the base; empty without one."""
    listed = output(repo.path, "rev-list", "--first-parent", f"{done.task.base_commit}..HEAD", "--").decode().split()
    return next((sha for sha in listed if maker(repo, sha) == done.id), "")


def current_branch(repo: Repository) -> str:
    """The branch that is checked out. Raises UsageError where there is none, or git is half way through something."""
    found = run(repo.path, "symbolic-ref", "--quiet", "--short", "HEAD")
    if found.returncode:
        raise UsageError("no branch is checked out", "check one out, or use --branch NAME")
    for name in AT_WORK:
        path = output(repo.path, "rev-parse", "--git-path", name).decode(errors="surrogateescape").removesuffix("\n")
        if (repo.path / path).exists():
            raise UsageError(f"git is half way through something here ({name})", "finish or abort it first")
    return found.stdout.decode(errors="surrogateescape").removesuffix("\n")
