"""A patch as fit looks at it: each file before and after, and the lines that are new."""

import difflib
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from memcoder.history.repository import Repository
from memcoder.history.symbols import Symbol, symbols
from memcoder.history.tokens import Token, tokens
from memcoder.records import FileChange
from memcoder.verify.fit.meaning import acts

SIZE_LIMIT = 1_000_000
"""Bytes; larger files are data."""


@dataclass(frozen=True)
class PatchedFile:
    """A text file that a patch changes."""

    path: str
    old: str | None
    """None where the patch adds the file."""
    new: str | None
    """None where the patch deletes it."""

    @cached_property
    def _hunks(self) -> list[tuple[int, int, int, int]]:
        """(first, end, first, end) of the old and the new lines that differ, from 0, ends exclusive."""
        old, new = _lines(self.old), _lines(self.new)
        start, least = 0, min(len(old), len(new))
        while start < least and old[start] == new[start]:
            start += 1
        end = 0
        while end < least - start and old[-1 - end] == new[-1 - end]:
            end += 1
        middle = old[start : len(old) - end], new[start : len(new) - end]
        matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
        return [
            (start + a, start + b, start + c, start + d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
        ]

    @cached_property
    def added(self) -> frozenset[int]:
        """Lines of the new version (from 1) that are new or differ."""
        return frozenset(line + 1 for *_, first, end in self._hunks for line in range(first, end))

    @cached_property
    def deleted(self) -> frozenset[int]:
        """Lines of the old version (from 1) that are gone or differ."""
        return frozenset(line + 1 for first, end, *_ in self._hunks for line in range(first, end))

    @cached_property
    def added_text(self) -> list[tuple[int, str]]:
        """(number, line) of each added line."""
        lines = _lines(self.new)
        return [(number, lines[number - 1]) for number in sorted(self.added)]

    @cached_property
    def old_tokens(self) -> list[Token]:
        return tokens(self.path, (self.old or "").encode())

    @cached_property
    def new_tokens(self) -> list[Token]:
        return tokens(self.path, (self.new or "").encode())

    @cached_property
    def old_symbols(self) -> list[Symbol]:
        return symbols(self.path, (self.old or "").encode())

    @cached_property
    def new_symbols(self) -> list[Symbol]:
        return symbols(self.path, (self.new or "").encode())

    @cached_property
    def acts_as_before(self) -> bool:
        """Whether nothing of it changes but comments, docstrings, annotations and imports."""
        before, after = acts(self.old_tokens), acts(self.new_tokens)
        return bool(before or after) and before == after

    @cached_property
    def change(self) -> FileChange:
        """The file as a commit would tell of it."""
        status: Literal["added", "deleted", "modified"] = (
            "added" if self.old is None else "deleted" if self.new is None else "modified"
        )
        return FileChange(path=self.path, status=status, added=len(self.added), deleted=len(self.deleted))


def touches(lines: Container[int], symbol: Symbol) -> bool:
    """Whether some of the lines are the symbol's."""
    return any(line in lines for line in range(symbol.start, symbol.end + 1))


@dataclass(frozen=True)
class Patched:
    """The files of a patch, on its base commit."""

    repo: Repository
    base: str
    files: tuple[PatchedFile, ...]
    changed: Mapping[str, bytes | None] = field(repr=False)
    """Path to new content, as it was given; None: deleted."""

    @classmethod
    def of(cls, repo: Repository, base: str, changed: Mapping[str, bytes | None]) -> "Patched":
        """Of whole new contents by path; files that are binary, too large or unchanged are left out."""
        pairs = [(path, repo.read(base, path), new) for path, new in sorted(changed.items())]
        files = [
            PatchedFile(path, _text(old), _text(new))
            for path, old, new in pairs
            if old != new and _is_text(old) and _is_text(new)
        ]
        return cls(repo, base, tuple(files), changed)

    def diff(self) -> str:
        """Its unified diff without context, as commits' diffs are read for added lines."""
        parts: list[str] = []
        for file in self.files:
            parts += difflib.unified_diff(_lines(file.old), _lines(file.new), "a/" + file.path, "b/" + file.path, "",
                                          "", 0, lineterm="")  # fmt: skip
        return "\n".join(parts)


def _lines(text: str | None) -> list[str]:
    return text.split("\n")[: -1 if text.endswith("\n") else None] if text else []


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def _is_text(data: bytes | None) -> bool:
    return data is None or (len(data) <= SIZE_LIMIT and b"\0" not in data[:8000])
