"""A git repository, read through plumbing commands; nothing here writes to it."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from memcoder.errors import UsageError
from memcoder.history.git import decode_path, encode_path, output, run
from memcoder.history.roots import root_commits

REGULAR = (b"100644", b"100755", b"100664")
"""Modes of regular files; symlinks and submodules are never read as source."""
ENTRY = re.compile(r"(\d+) \w+ ([0-9a-f]+)\t([^\0]*)\0")
"""One entry of `ls-tree -z`."""


@dataclass(frozen=True)
class Repository:
    """A repository with at least one commit; make one with `Repository.open`."""

    path: Path
    """Root of the working tree; of a bare repository, its folder."""
    bare: bool
    shallow: bool
    _trees: dict[str, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)
    _ancestors: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)
    _resolved: set[str] = field(default_factory=set, repr=False, compare=False)
    """Full hashes that name commits: they always will."""

    @classmethod
    def open(cls, path: Path | str) -> "Repository":
        """The repository that contains `path`. Raises UsageError for none, an empty one, or one git distrusts."""
        folder = Path(path).expanduser().resolve()
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder", "give the path of a git repository")
        asked = run(folder, "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir")
        if asked.returncode != 0:
            raise _refusal(folder, asked.stderr.decode("utf-8", "replace"))
        bare, shallow, git_dir = asked.stdout.decode("utf-8", "surrogateescape").split("\n")[:3]
        top = run(folder, "rev-parse", "--show-toplevel")
        named = top.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
        # Inside .git there is no top level; there the git folder is what can be read.
        root = Path(named) if top.returncode == 0 and named else Path(git_dir)
        repository = cls(root, bare=bare == "true" or not named, shallow=shallow == "true")
        if run(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode != 0:
            raise UsageError(f"{root} has no commits yet", "commit something first; memory is made of history")
        repository._require_trees()
        return repository

    @cached_property
    def key(self) -> str:
        """What the store is kept under: a hash of the root commits, the same in every clone.

        A shallow clone's roots are where it was cut, so its key is its own.
        """
        roots = root_commits(self.path, self.head(), remember=not self.shallow)
        return hashlib.sha256("\n".join(roots).encode()).hexdigest()[:16]

    @cached_property
    def partial(self) -> bool:
        """Whether it was cloned with a filter, so that blobs may be missing; none is ever fetched from here."""
        promisor = r"^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$"
        return run(self.path, "config", "--get-regexp", promisor).returncode == 0

    def _require_trees(self) -> None:
        """Raises UsageError for a clone without trees: nothing tells which paths its commits changed."""
        if not self.partial:
            return
        oldest = root_commits(self.path, self.head(), remember=not self.shallow)[-1]
        if run(self.path, "cat-file", "-e", f"{oldest}^{{tree}}").returncode != 0:
            hint = "`git fetch --refetch --filter=blob:none` gets the trees, `--no-filter` all files too"
            raise UsageError(f"{self.path} was cloned without trees, so no commit tells its paths", hint)

    def head(self) -> str:
        """The commit that is checked out, on a branch or detached."""
        return self.resolve("HEAD")

    def resolve(self, rev: str) -> str:
        """Full hash of a branch, tag, short hash or expression. Raises UsageError where it names no commit."""
        if rev in self._resolved:
            return rev
        if rev.strip() and not rev.startswith("-") and "\0" not in rev:
            done = run(self.path, "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
            if done.returncode == 0:
                sha = done.stdout.decode().strip()
                self._resolved.add(sha)
                return sha
        hint = "the clone is shallow; `git fetch --unshallow` gets the rest" if self.shallow else "see `git log`"
        raise UsageError(f"{rev!r} is not a commit of {self.path}", hint)

    def before(self, commit: str) -> str:
        """The first parent of a commit; of a root, itself."""
        try:
            return self.resolve(f"{commit}^")
        except UsageError:
            return commit

    def require_work_tree(self) -> None:
        """Raises UsageError for a bare repository, where nothing can be solved or applied."""
        if self.bare:
            raise UsageError(f"{self.path} is a bare repository", "clone it, and work in the clone")

    def is_dirty(self) -> bool:
        """Whether tracked files differ from HEAD; untracked files do not count."""
        if self.bare:
            return False
        return bool(output(self.path, "status", "--porcelain", "-z", "--untracked-files=no"))

    def ancestors(self, sha: str) -> frozenset[str]:
        """All commits that `sha` can reach, itself included: the exact cut of time travel."""
        if sha not in self._ancestors:
            self._ancestors[sha] = frozenset(output(self.path, "rev-list", sha, "--").decode().split())
        return self._ancestors[sha]

    def knows(self, sha: str) -> bool:
        """Whether a commit is here at all."""
        return run(self.path, "cat-file", "-e", f"{sha}^{{commit}}").returncode == 0

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or one of its ancestors."""
        return run(self.path, "merge-base", "--is-ancestor", older, newer).returncode == 0

    def tree(self, sha: str) -> dict[str, str]:
        """Path to blob hash of every regular file of a commit."""
        if sha not in self._trees:
            entries = decode_path(output(self.path, "ls-tree", "-r", "-z", "--full-tree", sha))
            self._trees[sha] = {path: blob for mode, blob, path in ENTRY.findall(entries) if mode.encode() in REGULAR}
        return self._trees[sha]

    def files(self, sha: str) -> list[str]:
        """Paths of all regular files of a commit."""
        return list(self.tree(sha))

    def read(self, sha: str, path: str) -> bytes | None:
        """A file as of a commit; None where there is none (or it is no regular file)."""
        blob = self.tree(sha).get(path) or self.tree(sha).get(decode_path(encode_path(path)))
        return output(self.path, "cat-file", "blob", blob) if blob else None


def _refusal(folder: Path, said: str) -> UsageError:
    if "dubious ownership" in said:
        hint = f"if you trust it: git config --global --add safe.directory {folder}"
        return UsageError(f"git refuses {folder}, because another user owns it", hint)
    if "not a git repository" in said:
        return UsageError(f"{folder} is not a git repository", "run `git init`, or give the path of one")
    return UsageError(f"git cannot open {folder}: {said.strip()[-300:]}", "`git -C FOLDER status` says what git wants")
