"""A git repository, read through plumbing: revisions, ancestors, files, contents."""

import hashlib
from functools import cached_property
from pathlib import Path

from memcoder.errors import UsageError
from memcoder.history.gitcmd import git_output, run_git


class Repository:
    """Read-only view of a repository; nothing in it is changed or executed."""

    def __init__(self, path: Path, *, bare: bool, shallow: bool) -> None:
        self.path = path
        self.bare = bare
        self.shallow = shallow
        """Whether the history was cut off when it was cloned."""
        self._ancestors: dict[str, frozenset[str]] = {}

    @classmethod
    def open(cls, path: Path | str) -> "Repository":
        """The repository that holds `path`. Raises UsageError where there is none, or it has no commit."""
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", "give the path of a git repository")
        found = run_git(folder, "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir")
        if found.returncode:
            raise UsageError(f"{folder} is not a git repository", "run `git init` there, or give another path")
        bare, shallow, git_dir = found.stdout.decode(errors="surrogateescape").splitlines()
        if bare == "true":
            root = Path(git_dir)
        else:
            top = git_output(folder, "rev-parse", "--show-toplevel").decode(errors="surrogateescape").rstrip("\n")
            root = Path(top)
        repo = cls(root.resolve(), bare=bare == "true", shallow=shallow == "true")
        if run_git(repo.path, "rev-parse", "--quiet", "--verify", "HEAD^{commit}").returncode:
            raise UsageError(f"{repo.path} has no commit yet", "commit something first; memory comes from history")
        return repo

    @cached_property
    def key(self) -> str:
        """Names the repository wherever it is cloned: a hash of its root commits (of the cut, where shallow)."""
        roots = sorted(git_output(self.path, "rev-list", "--max-parents=0", "HEAD").decode().split())
        return hashlib.sha256("\n".join(roots).encode()).hexdigest()[:16]

    def head(self) -> str:
        """Id of the commit that is checked out."""
        return self.resolve("HEAD")

    def resolve(self, revision: str) -> str:
        """Full id of a commit. Raises UsageError where the revision names none."""
        arguments = ("rev-parse", "--quiet", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        found = run_git(self.path, *arguments)
        if found.returncode:
            raise UsageError(f"{revision!r} names no commit of {self.path}", "give a branch, tag or commit id")
        return found.stdout.decode().strip()

    def is_dirty(self) -> bool:
        """Whether tracked files differ from what is committed."""
        return bool(git_output(self.path, "status", "--porcelain", "--untracked-files=no").strip())

    def ancestors(self, commit: str) -> frozenset[str]:
        """Ids of a commit and all that it descends from, by the commit graph."""
        if commit not in self._ancestors:
            listed = git_output(self.path, "rev-list", "--end-of-options", commit)
            self._ancestors[commit] = frozenset(listed.decode().split())
        return self._ancestors[commit]

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or one of its ancestors."""
        return run_git(self.path, "merge-base", "--is-ancestor", older, newer).returncode == 0

    def read(self, commit: str, path: str) -> bytes | None:
        """A file's content as of a commit; None where there is no such file."""
        found = run_git(self.path, "cat-file", "blob", f"{commit}:{path}")
        return None if found.returncode else found.stdout

    def files(self, commit: str) -> list[str]:
        """Paths of all regular files as of a commit (no symlinks, no submodules)."""
        return [path for path, _ in self.blobs(commit)]

    def blobs(self, commit: str) -> list[tuple[str, str]]:
        """(path, blob id) of all regular files as of a commit."""
        listed = git_output(self.path, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
        entries = []
        for entry in listed.split(b"\0"):
            if entry.startswith((b"100644 ", b"100755 ")):
                facts, _, path = entry.partition(b"\t")
                entries.append((path.decode(errors="replace"), facts.split()[2].decode()))
        return entries
