"""What a sandbox is: a copy of the repository at its base commit, where untrusted code may run."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import PurePosixPath
from typing import Protocol

from memcoder.errors import UsageError
from memcoder.history.git import unquote
from memcoder.records import CommandResult

DIFF_LIMIT = 20_000_000
LINK_MODE = re.compile(
    rb"^(?:(?:new file|new|old|deleted file) mode|index [0-9a-f]+\.\.[0-9a-f]+) (?:120000|160000)", re.M
)
"""A symlink or submodule in a git diff's headers; lines of a hunk begin with a space, a plus or a minus."""
HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class Sandbox(Protocol):
    """One attempt's world; paths are relative to the repository's root."""

    kind: str
    """`docker` or `local`."""
    workdir: str
    """The repository's root, as commands inside see it."""

    def run(self, command: str, timeout: float | None = None, limit: int | None = None) -> CommandResult:
        """Run a shell command; directory and environment are kept from one to the next until one times out.

        `limit` is the bytes of output that are kept; None: as the settings say.
        """

    def write(self, path: str, data: bytes) -> None:
        """Write a file, making its folders. Raises UsageError for a path that leads out of the repository."""

    def read(self, path: str) -> bytes:
        """A file's content. Raises FileNotFoundError, and UsageError for a path that leads out or more than 20 MB."""

    def diff(self) -> str:
        """Unified diff from the base commit, new files included.

        Raises UsageError where it touches forbidden paths, or has more than 20 MB.
        """

    def reset(self) -> None:
        """Back to the base commit: changes undone, new files gone."""

    def apply(self, diff: str) -> bool:
        """Apply a unified diff; False, and nothing changed, where it does not apply or leads out."""

    def close(self) -> None:
        """End everything that runs in it and remove it."""


class Environment(Protocol):
    """A repository at a base commit, ready for attempts."""

    kind: str
    image: str
    """The Docker image that attempts start from; empty where there is none."""

    def start(self) -> AbstractContextManager[Sandbox]:
        """A fresh sandbox, closed at the end of the block."""


def write_files(sandbox: Sandbox, files: Mapping[str, str]) -> None:
    """Write texts by their paths. Raises what `Sandbox.write` does."""
    for path, text in files.items():
        sandbox.write(path, text.encode())


def safe_path(path: str) -> str:
    """The path, if it stays inside a repository by its text alone.

    Raises UsageError for absolute paths, `..`, empty names, control characters and anything in `.git`.
    """
    pure = PurePosixPath(path)
    parts = pure.parts
    bad = not parts or pure.is_absolute() or ".." in parts or any(ord(char) < 32 for char in path) or "\\" in path
    if bad or any(part.lower().rstrip(". ") == ".git" for part in parts):
        raise UsageError(f"the path {path!r} leads out of the repository", "give a path inside it")
    return str(pure)


def check_diff(diff: bytes) -> str:
    """A diff from a sandbox or a model, if all it names are regular files inside the repository.

    Raises UsageError for other paths, symlinks, submodules, and diffs past 20 MB.
    """
    if len(diff) > DIFF_LIMIT:
        raise UsageError(f"the diff has {len(diff)} bytes, more than {DIFF_LIMIT}", "keep data out of the patch")
    if LINK_MODE.search(diff):
        raise UsageError("the diff makes or changes a symlink or submodule", "patches are of regular files")
    text = diff.decode(errors="surrogateescape")
    for path in diff_paths(text):
        safe_path(path)
    return text


def diff_paths(diff: str) -> list[str]:
    """The paths that a git diff names, each once, in order; quoted names are unquoted."""
    found: dict[str, None] = {}
    for line in _header_lines(diff.encode(errors="surrogateescape")):
        for mark in (b"--- ", b"+++ ", b"rename from ", b"rename to ", b"copy from ", b"copy to "):
            if line.startswith(mark):
                name = _name(line[len(mark) :].split(b"\t")[0].rstrip(b"\r"))
                if name != "/dev/null":
                    found[name[2:] if mark in (b"--- ", b"+++ ") and name[:2] in ("a/", "b/") else name] = None
        if line.startswith(b"diff --git ") and (match := re.fullmatch(rb"diff --git a/(.+) b/\1", line)):
            found[_name(match[1])] = None
    return list(found)


def _header_lines(diff: bytes) -> Iterator[bytes]:
    """Lines outside hunks, by the hunks' own counts: a changed line may look like a header."""
    old = new = 0
    for line in diff.split(b"\n"):
        if old > 0 or new > 0:
            old -= line[:1] in (b" ", b"-", b"")
            new -= line[:1] in (b" ", b"+", b"")
        elif match := HUNK.match(line):
            old, new = (int(count) if count else 1 for count in match.groups())
        else:
            yield line


def _name(quoted: bytes) -> str:
    return unquote(quoted).decode(errors="surrogateescape")
