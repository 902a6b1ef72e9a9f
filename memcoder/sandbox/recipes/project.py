"""The files of one commit, as recipes read them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import PurePosixPath

from memcoder.history.repository import Repository
from memcoder.sandbox.recipes.plan import ROOT

DEEPEST = 2
"""Folders above a manifest, at most: deeper ones belong to fixtures and examples."""


@dataclass(frozen=True)
class Project:
    """A folder of a commit; paths are relative to it."""

    paths: tuple[str, ...]
    """Every regular file of the commit, from the repository's root."""
    reader: Callable[[str], bytes | None]
    folder: str = ""
    """The folder, from the repository's root; empty for the root itself."""

    @classmethod
    def at(cls, repo: Repository, commit: str) -> "Project":
        """The root of a repository at a commit."""
        return cls(tuple(repo.files(commit)), cache(lambda path: repo.read(commit, path)))

    @classmethod
    def of(cls, files: Mapping[str, str]) -> "Project":
        """A project that consists of these files."""
        return cls(tuple(files), lambda path: files[path].encode() if path in files else None)

    def under(self, folder: str) -> "Project":
        """The same commit seen from a folder of it."""
        return Project(self.paths, self.reader, self.full(folder) if folder else self.folder)

    @cached_property
    def names(self) -> frozenset[str]:
        """Paths of all files in the folder."""
        start = f"{self.folder}/" if self.folder else ""
        return frozenset(path[len(start) :] for path in self.paths if path.startswith(start))

    @property
    def place(self) -> str:
        """The folder inside a container."""
        return f"{ROOT}/{self.folder}" if self.folder else ROOT

    def full(self, path: str) -> str:
        """A path of this folder, from the repository's root."""
        return f"{self.folder}/{path}" if self.folder else path

    def read(self, path: str) -> str:
        """A file's text; empty where there is none."""
        return (self.reader(self.full(path)) or b"").decode("utf-8", "replace") if path in self.names else ""

    def present(self, *paths: str) -> tuple[str, ...]:
        """Those of the paths that exist, from the repository's root."""
        return tuple(self.full(path) for path in paths if path in self.names)

    def nearest(self, names: tuple[str, ...]) -> str | None:
        """The folder nearest to the root that holds one of the names, the first by name of equally near ones."""
        found = [PurePosixPath(path) for path in self.names if path.rpartition("/")[2] in names]
        near = sorted((len(path.parts), str(path.parent)) for path in found if len(path.parts) <= DEEPEST + 1)
        return near[0][1].removeprefix(".") if near else None
