"""Which earlier commits a commit answers to: by what its message cites, and by whose lines it replaces."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from memcoder.history.commits import RECORD_LIMIT, Raw, log_records, pair_chunks, split_record
from memcoder.history.git import output
from memcoder.history.messages import parse_message
from memcoder.history.noise import is_noise_path
from memcoder.history.repository import Repository
from memcoder.records import Link

FILE_LINES_LIMIT = 50_000
"""Lines of a file whose owners are kept; a larger one is data."""
LINES_LIMIT = 25_000_000
"""Lines of all files together whose owners are kept, at four bytes each: 100 MB; files past it have no owners."""
HUNK = re.compile(rb"\n@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
SHORTEST = 7
"""Digits of a hash that may stand for a commit."""


class HashIndex:
    """The commits that short hashes are resolved against."""

    def __init__(self, shas: Iterable[str]) -> None:
        self._sorted = sorted(set(shas))

    def resolve(self, short: str) -> str | None:
        """The one known commit whose hash begins so; None where there is none, or more than one."""
        if len(short) < SHORTEST:
            return None
        at = bisect_left(self._sorted, short)
        found = [sha for sha in self._sorted[at : at + 2] if sha.startswith(short)]
        return found[0] if len(found) == 1 else None


def message_links(sha: str, message: str, known: HashIndex) -> tuple[Link, ...]:
    """What a commit's message says it reverts, was picked from, follows up or cites; unknown commits are left out."""
    links: dict[str, Link] = {}
    for citation in parse_message(message).citations:
        target = known.resolve(citation.hash)
        if target is not None and target != sha:
            links.setdefault(target, Link(relation=citation.way, target=target))
    return tuple(links.values())


def mainline(repo: Repository, revision: str) -> list[str]:
    """Ids of a revision's first-parent history, oldest first."""
    return output(repo.path, "rev-list", "--first-parent", "--reverse", revision, "--").decode().split()


def replaced_lines(repo: Repository, revision: str, since: str | None = None) -> Iterator[tuple[str, dict[str, int]]]:
    """Each mainline commit, oldest first, with the commits whose lines it replaced or deleted, and how many of each.

    What `git blame --first-parent` says of those lines on the parent, for all commits in one pass over one `git log`:
    every file's lines are kept with the commit that owns them, and each diff is spliced in. A merge owns what it
    brought into the mainline. Noise, binary files and files past the limits above have no owners.

    With `since` (a mainline commit that was seen before) only what follows it is given; the pass begins at the root
    all the same, because owners are not stored.
    """
    ids = mainline(repo, revision)
    skipped = ids.index(since) + 1 if since in set(ids) else 0
    if skipped == len(ids):
        return
    owners = _Owners()
    for number, record in enumerate(log_records(repo, ids, 0, "--diff-merges=first-parent")):
        counts = owners.take(number, record)
        if number >= skipped:
            yield ids[number], {ids[owner]: lines for owner, lines in counts.items()}


class _Owners:
    """For each file the number of the commit that owns each line."""

    def __init__(self) -> None:
        self._files: dict[str, array[int]] = {}
        self._total = 0

    def take(self, number: int, record: bytes) -> dict[int, int]:
        """Let a commit change the files; how many lines of which commits it replaced."""
        _, files, chunks = split_record(record)
        if len(record) >= RECORD_LIMIT:
            del chunks[-1:]  # cut in the middle; what is missing is dropped below
        counts: dict[int, int] = {}
        before = {path: self._pop(path) for file in files if (path := file.old_path or file.path) in self._files}
        for file, hunks in pair_chunks(files, chunks):
            old = before.get(file.old_path or file.path)
            new = _spliced(number, file, old, hunks, counts)
            if new is not None and self._total + len(new) <= LINES_LIMIT:
                self._files[file.path] = new
                self._total += len(new)
        return counts

    def _pop(self, path: str) -> "array[int]":
        lines = self._files.pop(path)
        self._total -= len(lines)
        return lines


def _spliced(
    number: int, file: Raw, old: "array[int] | None", hunks: bytes, counts: dict[int, int]
) -> "array[int] | None":
    """A file's owners after a commit; None where there are none any more, or nobody can know them."""
    if not file.regular or file.chunks > 1 or is_noise_path(file.path):
        return None
    if old is None:
        old = array("i") if file.status == "added" else None
    if old is None or (not hunks and file.blob != file.old_blob and file.status != "added"):
        return None  # binary, or of unknown owners
    new: array[int] = array("i")
    at = 0
    for start, gone, _, come in HUNK.findall(hunks):
        deleted, added = int(gone or 1), int(come or 1)
        first = int(start) - 1 if deleted else int(start)
        if first + deleted > len(old):
            return None
        for owner in old[first : first + deleted]:
            counts[owner] = counts.get(owner, 0) + 1
        new.extend(old[at:first])
        new.extend(array("i", [number]) * added)
        at = first + deleted
    new.extend(old[at:])
    return new if file.status != "deleted" and len(new) <= FILE_LINES_LIMIT else None
