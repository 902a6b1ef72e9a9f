"""Unified diffs as git writes them, read for what they touch."""

import re
from dataclasses import dataclass, field
from typing import Literal

from memcoder.history.git import decode_path, unquote
from memcoder.records import FileChange

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass
class _Reading:
    """One file of a diff while it is read."""

    path: str = ""
    old_path: str | None = None
    status: Literal["added", "modified", "deleted", "renamed"] = "modified"
    added: int = 0
    deleted: int = 0
    lines: set[int] = field(default_factory=set)

    def change(self) -> FileChange:
        return FileChange(
            path=self.path, old_path=self.old_path, status=self.status, added=self.added, deleted=self.deleted
        )


def changed_lines(diff: str) -> list[tuple[FileChange, frozenset[int]]]:
    """Each file of a diff with the lines of its old version that changed; an insertion counts to the line before."""
    files: list[_Reading] = []
    old = left_old = left_new = 0
    for line in diff.splitlines():
        if left_old > 0 or left_new > 0:
            file = files[-1]
            if line.startswith("-"):
                file.deleted += 1
                file.lines.add(old)
            elif line.startswith("+"):
                file.added += 1
                file.lines.add(max(1, old - 1))
            left_old -= not line.startswith(("+", "\\"))
            left_new -= not line.startswith(("-", "\\"))
            old += not line.startswith(("+", "\\"))
        elif line.startswith("diff --git "):
            files.append(_Reading())
        elif files and (match := HUNK.match(line)):
            old, left_old, left_new = int(match[1]), int(match[2] or 1), int(match[4] or 1)
        elif files:
            _header(files[-1], line)
    return [(file.change(), frozenset(file.lines)) for file in files if file.path]


def _header(file: _Reading, line: str) -> None:
    if line.startswith("--- ") and line != "--- /dev/null":
        file.path = file.path or _path(line[4:])
    elif line.startswith("+++ ") and line != "+++ /dev/null":
        file.path = _path(line[4:])
    elif line.startswith("new file mode"):
        file.status = "added"
    elif line.startswith("deleted file mode"):
        file.status = "deleted"
    elif line.startswith("rename from "):
        file.old_path, file.status = _plain(line[12:]), "renamed"
    elif line.startswith("rename to "):
        file.path = _plain(line[10:])


def _path(text: str) -> str:
    """`a/path`, perhaps quoted, perhaps followed by a tab."""
    return _plain(text.partition("\t")[0])[2:]


def _plain(text: str) -> str:
    return decode_path(unquote(text.encode("utf-8", "surrogateescape")))
