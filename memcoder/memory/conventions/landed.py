"""Changes as a project took them in: a merged branch is one change, however many commits it has.

A fix, its test and its changelog entry may be three commits of one pull request; counted by commits, the fix would
have come without a test.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from memcoder.history.kinds import change_kind
from memcoder.records import ChangeKind, Commit, FileChange

BRANCH_LIMIT = 50
"""Commits; a merge that brings more is of two lines of development, whose commits count apart."""
NESTING_LIMIT = 50
FILES_LIMIT = 100
"""A change of more files is an import, a rename or a reformat, and shows no custom."""
NOISE = frozenset({"merge", "release", "format", "dependency", "revert"})
REQUEST = re.compile(r"^Merge (pull request|PR|pr|request) ?[#!]?\d*|^Merged in |^See merge request", re.MULTILINE)
CALL = re.compile(r"(?<![\w.])((?:[A-Za-z_]\w*\.)?[A-Za-z_]\w{3,})\(")
STRENGTH: tuple[ChangeKind, ...] = ("fix", "feature", "refactor", "tests", "docs")
"""Which kind a branch has whose title does not tell: the first of these among its commits."""


@dataclass(frozen=True)
class Landed:
    """One change of the main line: a commit, or a merge with the commits it brought."""

    sha: str
    time: int
    title: str
    kind: ChangeKind
    files: tuple[FileChange, ...]
    commits: tuple[Commit, ...]


def landed(commits: Iterable[Commit]) -> list[Landed]:
    """The changes of a line of development, oldest first.

    `commits` come oldest first, as `list_commits` lists them; the last one is the line's head. Parents that are not
    among them are where history is cut.
    """
    listed = list(commits)
    if not listed:
        return []
    order = {commit.sha: number for number, commit in enumerate(listed)}
    walk = _Walk({commit.sha: commit for commit in listed}, order)
    return list(walk.line(listed[-1].sha, 0))


class _Walk:
    """Follows first parents; each commit is told of once."""

    def __init__(self, commits: dict[str, Commit], order: dict[str, int]) -> None:
        self._commits = commits
        self._order = order
        self._seen: set[str] = set()

    def line(self, head: str, depth: int) -> Iterator[Landed]:
        chain = []
        while head in self._commits and head not in self._seen:
            self._seen.add(head)
            chain.append(self._commits[head])
            head = next(iter(self._commits[head].parents), "")
        for commit in reversed(chain):
            if len(commit.parents) < 2:
                yield _whole(commit, (commit,))
            else:
                yield from self._merge(commit, depth)

    def _merge(self, merge: Commit, depth: int) -> Iterator[Landed]:
        side = self._side(merge)
        several = len(side) > BRANCH_LIMIT or any(len(c.parents) > 1 and REQUEST.search(c.message) for c in side)
        if several and depth < NESTING_LIMIT:
            for parent in merge.parents[1:]:
                yield from self.line(parent, depth + 1)
            return
        self._seen.update(commit.sha for commit in side)
        own = tuple(commit for commit in side if len(commit.parents) < 2)
        if len(own) > BRANCH_LIMIT:
            yield from (_whole(commit, (commit,)) for commit in own)
        elif own:
            yield _whole(merge, own)

    def _side(self, merge: Commit) -> list[Commit]:
        """What a merge brought that was not there before, oldest first."""
        found: dict[str, Commit] = {}
        left = list(merge.parents[1:])
        while left:
            sha = left.pop()
            if sha in self._commits and sha not in self._seen and sha not in found:
                found[sha] = self._commits[sha]
                left.extend(found[sha].parents)
        return sorted(found.values(), key=lambda commit: self._order[commit.sha])


def _whole(top: Commit, commits: tuple[Commit, ...]) -> Landed:
    title = _title(top, commits)
    files = _joined(commits)
    kind = change_kind(title, files, 1)
    if kind == "other" and len(commits) > 1:
        kinds = Counter(change_kind(commit.message, commit.files, 1) for commit in commits)
        kind = next((strong for strong in STRENGTH if kinds[strong]), "other")
    return Landed(top.sha, top.time, title, kind, files, commits)


def _title(top: Commit, commits: tuple[Commit, ...]) -> str:
    """A commit's subject; of a merge the request's title, which stands below `Merge pull request`."""
    subject, _, body = top.message.strip().partition("\n")
    if len(top.parents) < 2:
        return subject
    below = body.strip().partition("\n")[0]
    return below or commits[0].message.strip().partition("\n")[0]


def _joined(commits: tuple[Commit, ...]) -> tuple[FileChange, ...]:
    if len(commits) == 1:
        return commits[0].files
    files: dict[str, FileChange] = {}
    for commit in commits:
        for file in commit.files:
            old = files.get(file.path)
            sums = {"added": old.added + file.added, "deleted": old.deleted + file.deleted} if old else {}
            files[file.path] = (old or file).model_copy(update=sums)
    return tuple(files.values())


def added_calls(change: Landed) -> dict[str, frozenset[str]]:
    """File → names that a change's added lines call."""
    found: dict[str, set[str]] = {}
    for commit in change.commits:
        path = ""
        for line in commit.patch.splitlines():
            if line.startswith("+++ "):
                path = line[4:].partition("\t")[0].removeprefix("b/")
            elif path and line.startswith("+"):
                found.setdefault(path, set()).update(CALL.findall(line))
    return {path: frozenset(names) for path, names in found.items()}
