"""Where a proposed patch landed in a history: found by what commits change, never by what their messages say.

Only commits that descend from the run's base, that the mainline reaches, and that were made after the run count. One
that makes the very same edits (white space, line numbers and context apart, as `git patch-id` has it) is the patch as
it was; one that shares enough of its lines is the patch as a human changed it.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple

from memcoder.history.diffs import Edit, changed_lines, edits
from memcoder.history.git import DIFF_OPTIONS, bounded, encode_path, output
from memcoder.history.kinds import change_kind
from memcoder.history.noise import FILES_LIMIT
from memcoder.history.repository import Repository
from memcoder.memory.conventions.paths import Layout
from memcoder.runs.mark import MADE_BY

LEAST = 0.6
"""Share of the proposal's lines of product code that a commit must make, to be the proposal as a human changed it."""
OWN = 0.2
"""Share of the commit's that must be the proposal's: in a larger change it is lost among other things."""
UNDONE = 0.9
"""Share of a change's lines that a later commit must take back to be its revert."""
LIKE = 0.8
"""Ratio of equal characters from which a line is a proposed one that somebody touched up."""
COMPARED = 60
"""Lines of either side that are compared so."""
TELLING = 3
"""Letters and digits of a line that says something; braces, `else` and blanks are in every change."""
DULL = frozenset({"format", "release", "dependency"})
LOOKED_AT = 1_000
"""Commits that touch the proposal's files, the first ones; each costs one git child."""
DIFF_BYTES, DIFF_SECONDS = 4 << 20, 30.0
HOSTS = frozenset({"noreply@github.com"})
"""Committers that are no person: there the author said the word."""

Lines = Counter[tuple[str, str, str]]
"""(path, sign, line without white space) of the lines that say something."""


class Landed(NamedTuple):
    """The commit in which a proposal landed."""

    commit: str
    whole: bool
    """Whether it is the proposal as it was."""
    share: float
    """Of the proposal's lines of product code."""
    diff: str
    by: str
    time: int
    undone: str = ""
    """The later commit that took it back, where the mainline stands without it."""


class Seen(NamedTuple):
    """A commit of the mainline, before its diff is asked for."""

    sha: str
    time: int
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Mainline:
    """The commits that a tip reaches; what was read of them is kept for the next question."""

    repo: Repository
    tip: str
    published: bool = False
    """Whether the tip is a remote's: what stands there, somebody has pushed."""
    own: frozenset[str] = frozenset()
    """Commits that memcoder made in the user's repository, by the records of runs."""
    _diffs: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)

    def landed(self, diff: str, base: str, since: int, layout: Layout) -> Landed | None:
        """Where a patch of a base commit landed at or after a time; the best commit, of equals the first."""
        wanted, same = weigh(diff, layout), _edits(diff)
        if not wanted:
            return None
        best: tuple[bool, float, Seen] | None = None
        for seen in self.after(base, paths_of(diff)):
            found = self.diff(seen) if seen.time >= since else None
            if found is None:
                continue
            lines, whole = weigh(found, layout), _edits(found) == same
            both = wanted if whole else _alike(wanted, lines)
            share = both.total() / wanted.total()
            better = best is None or (whole, share) > best[:2]
            enough = whole or (_is_enough(wanted, lines, both) and not self._is_dull(seen))
            if better and enough and self._is_a_word(seen):
                best = whole, share, seen
        return self._told(best, layout) if best else None

    def after(self, commit: str, paths: Iterable[str]) -> Iterator[Seen]:
        """Later commits that touch a path, oldest first: those of one parent, and merges of the mainline itself."""
        named = [os.fsdecode(encode_path(path)) for path in paths]
        how = ("--reverse", "--topo-order", "--full-history", "--show-pulls", "--ancestry-path", "--format=%H %ct %P")
        listed = output(self.repo.path, "log", *how, f"{commit}..{self.tip}", "--", *named).decode().splitlines()
        seen = (line.split() for line in listed)
        commits = (Seen(sha, int(time), tuple(parents)) for sha, time, *parents in seen)
        kept = (one for one in commits if len(one.parents) == 1 or (one.parents and one.sha in self.first_parents))
        for number, one in enumerate(kept):
            if number == LOOKED_AT:
                return
            yield one

    @cached_property
    def first_parents(self) -> frozenset[str]:
        """The mainline itself, without what merges brought."""
        return frozenset(output(self.repo.path, "rev-list", "--first-parent", self.tip, "--").decode().split())

    def diff(self, seen: Seen) -> str | None:
        """What a commit changed against its first parent; None where that is enormous."""
        if seen.sha not in self._diffs:
            how = ("diff", *DIFF_OPTIONS, "--binary", seen.parents[0], seen.sha, "--")
            told, whole = bounded(self.repo.path, *how, seconds=DIFF_SECONDS, most=DIFF_BYTES)
            self._diffs[seen.sha] = told.decode("utf-8", "surrogateescape") if whole else None
        return self._diffs[seen.sha]

    def undone(self, commit: str, diff: str, layout: Layout) -> str:
        """The later commit that took a change back, unless a still later one made it again; empty where it stands."""
        made = weigh(diff, layout)
        back = Counter({(path, "-+"[sign == "-"], text): count for (path, sign, text), count in made.items()})
        taken = ""
        for seen in self.after(commit, paths_of(diff)):
            later = weigh(self.diff(seen) or "", layout)
            if shared(back, later) >= UNDONE:
                taken = seen.sha
            elif taken and shared(made, later) >= UNDONE:
                taken = ""
        return taken

    def _is_dull(self, seen: Seen) -> bool:
        files = tuple(change for change, _ in changed_lines(self.diff(seen) or ""))
        return len(files) >= FILES_LIMIT or change_kind(self._facts(seen.sha)[3], files, 1) in DULL

    def _is_a_word(self, seen: Seen) -> bool:
        """Whether a human brought it here: what memcoder itself committed counts once somebody merged or pushed it."""
        if self.published or seen.sha not in self.first_parents:
            return True
        return seen.sha not in self.own and not MADE_BY.search(self._facts(seen.sha)[3])

    def _facts(self, sha: str) -> tuple[str, str, str, str]:
        """Author, committer, the committer's address, message."""
        told = output(self.repo.path, "show", "-s", "--no-notes", "--format=%an%x00%cn%x00%ce%x00%B", sha, "--")
        author, committer, address, message = told.decode("utf-8", "replace").split("\0", 3)
        return author, committer, address, message

    def _told(self, best: tuple[bool, float, Seen], layout: Layout) -> Landed:
        whole, share, seen = best
        author, committer, address, message = self._facts(seen.sha)
        if (seen.sha in self.own or MADE_BY.search(message)) and (merge := self._brought_by(seen.sha)):
            author, committer, address, _ = self._facts(merge)
        by = author if address in HOSTS else committer
        diff = self.diff(seen) or ""
        return Landed(seen.sha, whole, share, diff, by, seen.time, self.undone(seen.sha, diff, layout))

    def _brought_by(self, sha: str) -> str:
        """The merge of the mainline that brought a commit; empty where it stands there itself."""
        how = ("rev-list", "--first-parent", "--merges", "--ancestry-path", f"{sha}..{self.tip}", "--")
        return next(iter(reversed(output(self.repo.path, *how).decode().split())), "")


def weigh(diff: str, layout: Layout) -> Lines:
    """The lines of a diff that say something: of product code, or of everything where it has none."""
    found = edits(diff)
    product = [edit for edit in found if layout.role(edit.path) == "source"]
    lines: Lines = Counter()
    for edit in product or found:
        for sign, side in (("-", edit.removed), ("+", edit.added)):
            for line in side:
                if sum(map(str.isalnum, line)) >= TELLING:
                    lines[edit.path, sign, "".join(line.split())] += 1
    return lines


def shared(wanted: Lines, found: Lines) -> float:
    """Share of the wanted lines that are among the found ones; 0 where none are wanted."""
    return (wanted & found).total() / wanted.total() if wanted else 0.0


def _alike(wanted: Lines, found: Lines) -> Lines:
    """The wanted lines that are among the found ones, as they are or touched up."""
    both = wanted & found
    left = sorted((found - both).elements())[:COMPARED]
    for line in sorted((wanted - both).elements())[:COMPARED]:
        near = next((other for other in left if other[:2] == line[:2] and _is_like(other[2], line[2])), None)
        if near is not None:
            left.remove(near)
            both[line] += 1
    return both


def _is_like(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() > LIKE


def _is_enough(wanted: Lines, found: Lines, both: Lines) -> bool:
    """Whether a commit is a proposal as a human changed it; lines that go alone do not show that."""
    comes = any(sign == "+" for _, sign, _ in both) or not any(sign == "+" for _, sign, _ in wanted)
    return comes and both.total() >= LEAST * wanted.total() and both.total() >= OWN * found.total()


def paths_of(diff: str) -> tuple[str, ...]:
    """Paths that a diff touches, before and after."""
    found = (path for change, _ in changed_lines(diff) for path in (change.path, change.old_path) if path)
    return tuple(dict.fromkeys(found))


def _edits(diff: str) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """All edits with their paths, white space and line numbers apart, in one order."""

    def bare(edit: Edit) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        removed, added = (tuple("".join(line.split()) for line in side) for side in (edit.removed, edit.added))
        return edit.old_path, edit.path, removed, added

    return sorted(map(bare, edits(diff)))
