"""Commits and what they changed."""

from typing import Literal

from memcoder.records.base import Record

ChangeKind = Literal[
    "fix", "feature", "refactor", "docs", "tests", "dependency", "format", "release", "merge", "revert", "other"
]


class FileChange(Record):
    """One file of a commit or patch."""

    path: str
    old_path: str | None = None
    """Where the file was before a rename."""
    status: Literal["added", "modified", "deleted", "renamed"] = "modified"
    added: int = 0
    deleted: int = 0
    symbols: tuple[str, ...] = ()
    """Qualified names of the changed functions and classes, e.g. `Parser.feed`."""


class Commit(Record):
    """A commit as git tells it."""

    sha: str
    parents: tuple[str, ...]
    author: str
    time: int
    message: str
    files: tuple[FileChange, ...] = ()
    patch: str = ""
    """Unified diff against the first parent, cut at `history.PATCH_LIMIT` characters."""


class Change(Record):
    """What a commit or fix did: the `c` of the MemCoder record."""

    files: tuple[FileChange, ...] = ()
    kind: ChangeKind = "other"
    patch: str = ""
