"""What memories speak of and the code still has, or no more: files and functions, renames of files followed."""

from collections.abc import Iterable
from functools import cache, cached_property

from memcoder.history.repository import Repository
from memcoder.history.symbols import language_of, symbols
from memcoder.records import FileChange, Kind, Memory

KINDS: frozenset[Kind] = frozenset({"fix", "lesson", "guardrail", "skill"})
"""What goes stale. A commit tells what was done, which stays true; policies fade by themselves."""


class Standing:
    """HEAD's files and functions."""

    def __init__(self, repo: Repository, memories: Iterable[Memory]) -> None:
        """`memories` tell, by their renames, where files went."""
        self._repo, self._commit = repo, repo.head()
        self._moves = {
            change.old_path: change.path
            for memory in memories if memory.kind == "commit" and memory.trust != "quarantined"
            for change in memory.change.files if change.status == "renamed" and change.old_path
        }  # fmt: skip
        self._names = cache(self._read)

    def gone(self, memory: Memory) -> list[str]:
        """The places that a memory speaks of, where HEAD has none of them any more; empty where it has one.

        A file that is there counts as gone where the memory names functions of it, and it has none of those. Nothing is
        ever gone of commits and policies, of what names no place that was there before, and of what belongs to another
        repository or to a commit beside HEAD's history.
        """
        places = [change for change in memory.change.files if change.status in ("modified", "renamed")]
        if memory.kind not in KINDS or not places or not self._ours(memory):
            return []
        missing = [place for change in places if (place := self._missing(change))]
        return missing if len(missing) == len(places) else []

    def _ours(self, memory: Memory) -> bool:
        origin = memory.provenance
        ancestors = self._repo.ancestors(self._commit)
        return origin.repository == self._repo.key and (origin.commit is None or origin.commit in ancestors)

    def _missing(self, change: FileChange) -> str:
        """What is gone of a place, said; empty where it stands."""
        path = self._where(change.path)
        if path is None:
            return change.path
        unread = self._repo.partial or language_of(path) is None
        if not change.symbols or unread or self._names(path) & set(change.symbols):
            return ""
        return f"{', '.join(change.symbols)} in {path}"

    def _where(self, path: str) -> str | None:
        """Where a file stands now; None where it does not."""
        seen: set[str] = set()
        while path not in self._tree and path in self._moves and path not in seen:
            seen.add(path)
            path = self._moves[path]
        return path if path in self._tree else None

    @cached_property
    def _tree(self) -> frozenset[str]:
        return frozenset(self._repo.files(self._commit))

    def _read(self, path: str) -> frozenset[str]:
        """Qualified names of a file's functions and classes."""
        source = self._repo.read(self._commit, path)
        return frozenset(symbol.qualified for symbol in symbols(path, source or b""))
