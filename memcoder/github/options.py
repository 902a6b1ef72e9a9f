"""What a repository's maintainers set of the Action; docs/github.md has each."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["read", "write", "admin"]


@dataclass(frozen=True)
class Options:
    """Who may start what, and where the results go."""

    label: str = "memcoder"
    """A label that starts a run; empty: none does."""
    assignee: str = ""
    """The account whose assignment starts a run; empty: none does."""
    permission: Level = "write"
    """The least permission on the repository that an actor must have."""
    allowed_bots: tuple[str, ...] = ()
    """Logins of bots that may start a run, with or without `[bot]`."""
    branch_prefix: str = "memcoder/"
    """Begins the names of the branches that are made."""
    memory_branch: str = "memcoder/memory"
    """Branch that holds the signed memories."""
    allow_workflow_changes: bool = False
    """Whether a patch may touch `.github/workflows`."""
    draft: bool = True
    """Whether pull requests are opened as drafts."""
    lock_minutes: int = 360
    """After so long a lock is one of a run that died; a job on GitHub's own machines ends by then."""

    def branch(self, number: int) -> str:
        """The branch of an issue's fix."""
        return f"{self.branch_prefix}issue-{number}"

    def issue_of(self, branch: str) -> int | None:
        """The issue that a branch of ours is about; None for another's branch."""
        rest = branch.removeprefix(f"{self.branch_prefix}issue-")
        return int(rest) if rest != branch and rest.isascii() and rest.isdigit() else None
