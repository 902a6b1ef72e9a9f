"""A scratch index over a repository's objects: patches are applied, changed and made there, and nothing is written.

Sources of the layout: git's own alternates and GIT_INDEX_FILE; the repository is only read.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from memcoder import FaultError, Repository

REGULAR = ("100644", "100755", "100664")


@dataclass(frozen=True)
class Change:
    """One file, before and after; an empty path or blob: not there, or no regular file."""

    old: str
    new: str
    old_blob: str
    new_blob: str


@contextmanager
def scratch(repo: Repository) -> "Iterator[Scratch]":
    """A scratch index that is gone at the end of the block."""
    with TemporaryDirectory(prefix="memcoder-scratch-") as folder:
        yield Scratch(repo.path, Path(folder))


class Scratch:
    """An index and an object directory of our own over a repository's objects."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self._repository = repository
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C",
        }
        objects = self.git("rev-parse", "--path-format=absolute", "--git-path", "objects").decode().strip()
        (folder / "objects").mkdir()
        self._environment |= {
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(folder / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects,
        }

    def git(self, *arguments: str, data: bytes = b"") -> bytes:
        """The output of one git command. Raises FaultError where it fails."""
        safe = ("-c", f"safe.directory={self._repository}", "-c", "core.fsmonitor=false", "-c", "core.autocrlf=false")
        command = ["git", "-C", str(self._repository), "--no-replace-objects", *safe, *arguments]
        done = subprocess.run(command, input=data, env=self._environment, capture_output=True, check=False)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise FaultError(
                f"git {arguments[0]} failed on {self._repository}: {said[-300:]}",
                "is the clone whole, and the patch made for it?",
            )
        return done.stdout

    def start(self, base: str, patch: str = "") -> None:
        """The index as of the base commit, with a patch on it. Raises FaultError where the patch does not apply."""
        self.git("read-tree", base)
        if patch:
            self.git("apply", "--cached", "--whitespace=nowarn", "-", data=patch.encode("utf-8", "surrogateescape"))

    def changes(self, base: str) -> Iterator[Change]:
        """The files in which the index differs from the base commit."""
        listed = self.git("diff-index", "--cached", "--raw", "--no-abbrev", "-z", "--find-renames", base)
        fields = iter(listed.decode("utf-8", "backslashreplace").split("\0"))
        for meta in filter(None, fields):
            old_mode, new_mode, old_blob, new_blob, status = meta.lstrip(":").split()
            path = next(fields)
            new = next(fields) if status[0] in "RC" else path
            yield Change(
                "" if status == "A" else path,
                "" if status == "D" else new,
                old_blob if old_mode in REGULAR else "",
                new_blob if new_mode in REGULAR else "",
            )

    def blob(self, name: str) -> bytes:
        """The content of a blob."""
        return self.git("cat-file", "blob", name)

    def diff(self, base: str, files: Mapping[str, bytes | None]) -> str:
        """The patch from the base commit to these contents (None: the file is deleted), as git writes it."""
        self.git("read-tree", base)
        for path, content in files.items():
            if content is None:
                self.git("rm", "--cached", "--quiet", "--", path)
            else:
                blob = self.git("hash-object", "-w", "--stdin", data=content).decode().strip()
                mode = self.git("ls-files", "--stage", "--", path).decode().partition(" ")[0] or REGULAR[0]
                self.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
        return self.git("diff", "--cached", "--no-renames", "--no-color", "--no-ext-diff", base).decode(
            "utf-8", "surrogateescape"
        )
