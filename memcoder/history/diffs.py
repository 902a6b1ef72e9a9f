"""Unified diffs as git writes them, read for what they touch."""

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

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


class Edit(NamedTuple):
    """Lines that stand together in a diff, with none between them that stays."""

    path: str
    old_path: str
    """Where the file was before a rename; else as `path`."""
    line: int
    """In the old version, from 1: the first line that goes, or the one before what comes."""
    removed: tuple[str, ...]
    added: tuple[str, ...]


def edits(diff: str) -> list[Edit]:
    """The edits of a diff in order, whatever its context; lines without their signs."""
    found: list[Edit] = []
    file = _Reading()
    old = left_old = left_new = 0
    removed: list[str] = []
    added: list[str] = []

    def close() -> None:
        if removed or added:
            line = max(1, old - len(removed) if removed else old - 1)
            found.append(Edit(file.path, file.old_path or file.path, line, tuple(removed), tuple(added)))
            removed.clear()
            added.clear()

    for line in diff.split("\n"):
        inside = left_old > 0 or left_new > 0
        if inside and line[:1] in ("-", "+"):
            gone = line[0] == "-"
            (removed if gone else added).append(line[1:].removesuffix("\r"))
            old, left_old, left_new = old + gone, left_old - gone, left_new - (not gone)
        elif inside and not line.startswith("\\"):
            close()
            old, left_old, left_new = old + 1, left_old - 1, left_new - 1
        elif not inside and line.startswith("diff --git "):
            close()
            file = _Reading()
        elif not inside and (match := HUNK.match(line)):
            close()
            old, left_old, left_new = int(match[1]), int(match[2] or 1), int(match[4] or 1)
            old += match[2] == "0"  # of an insertion git names the line before
        elif not inside:
            _header(file, line)
    close()
    return [edit for edit in found if edit.path]


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
