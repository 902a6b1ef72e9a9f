"""What a reference patch changed: the files and functions that a ranking is measured against.

**Files**: every file of the patch, whatever its language, by its path as of the base commit: modified, deleted,
renamed (git's rename detection; the old path counts). A file that the patch adds counts too, under its new path;
nothing that reads the base commit alone can rank it, so such an instance is never a hit, and is counted apart.

**Functions**: the patch is applied, and the outermost functions of both versions are compared by qualified name. A
function whose source changed, or which is gone, counts; one that is new does not, nor do lines of a class or module
outside of functions. (Lines of hunks are not used: they disagree with the compared source now and then.)
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from memcoder import FaultError, Repository
from memcoder_eval.localize.functions import functions

REGULAR = ("100644", "100755", "100664")


@dataclass(frozen=True)
class Gold:
    """Paths as of the base commit; functions as (path, qualified name)."""

    files: tuple[str, ...]
    functions: tuple[tuple[str, str], ...]
    added: tuple[str, ...]
    """Those of the files that the base commit does not have."""


@dataclass(frozen=True)
class _Change:
    """One file, before and after; an empty blob: not there, or no regular file."""

    old: str
    new: str
    old_blob: str
    new_blob: str


def gold(repo: Repository, base: str, patch: str) -> Gold:
    """The gold of a patch. The repository is only read. Raises FaultError where the patch does not apply."""
    with tempfile.TemporaryDirectory(prefix="memcoder-gold-") as folder:
        scratch = _Scratch(repo.path, Path(folder))
        scratch.git("read-tree", base)
        scratch.git("apply", "--cached", "--whitespace=nowarn", "-", data=patch.encode("utf-8", "surrogateescape"))
        changes = list(scratch.changes(base))
        changed = [(change.old, name) for change in changes for name in _changed(scratch, change)]
    files = tuple(sorted({change.old or change.new for change in changes}))
    return Gold(files, tuple(sorted(set(changed))), tuple(sorted(change.new for change in changes if not change.old)))


class _Scratch:
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
        safe = ("-c", f"safe.directory={self._repository}", "-c", "core.fsmonitor=false", "-c", "core.autocrlf=false")
        command = ["git", "-C", str(self._repository), "--no-replace-objects", *safe, *arguments]
        done = subprocess.run(command, input=data, env=self._environment, capture_output=True, check=False)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise FaultError(f"git {arguments[0]} failed on {self._repository}: {said[-300:]}")
        return done.stdout

    def changes(self, base: str) -> Iterator[_Change]:
        """The files in which the index differs from the base commit."""
        listed = self.git("diff-index", "--cached", "--raw", "--no-abbrev", "-z", "--find-renames", base)
        fields = iter(listed.decode("utf-8", "backslashreplace").split("\0"))
        for meta in filter(None, fields):
            old_mode, new_mode, old_blob, new_blob, status = meta.lstrip(":").split()
            path = next(fields)
            new = next(fields) if status[0] in "RC" else path
            yield _Change(
                "" if status == "A" else path,
                "" if status == "D" else new,
                old_blob if old_mode in REGULAR else "",
                new_blob if new_mode in REGULAR else "",
            )


def _changed(scratch: _Scratch, change: _Change) -> list[str]:
    """Names of the functions of the old file whose source is another in the new one, or which are gone."""
    if not change.old_blob or change.old_blob == change.new_blob:
        return []
    before = functions(change.old, scratch.git("cat-file", "blob", change.old_blob))
    after = functions(change.new, scratch.git("cat-file", "blob", change.new_blob)) if change.new_blob else {}
    return [name for name, one in before.items() if name not in after or after[name].source != one.source]
