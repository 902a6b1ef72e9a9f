"""The gap between a patch that was proposed, or tried, and the one that a human accepted.

Nothing here is judged by a model: places, functions and kinds of edit are read from the two diffs, helpers are looked
up in the tree.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from memcoder.history.diffs import changed_lines
from memcoder.history.git import run
from memcoder.history.repository import Repository
from memcoder.internalize.hunks import Hunk, hunks_of
from memcoder.memory.conventions.paths import Layout, layout_of
from memcoder.records import Record

CALLED = re.compile(r"(?<![\w.])(?:[A-Za-z_]\w*\.)?([A-Za-z_]\w{3,39})\(")
ASKED = 20
"""Called names that are looked up."""
HELPERS = 3
BLANK = "[[:space:]]+"
DEFINES = (
    f"^[[:space:]]*((export|default|pub|static|async){BLANK})*(def|func|function|fn){BLANK}"
    r"(\([^)]*\)[[:space:]]*)?(%s)([^[:alnum:]_]|$)"
)
"""A definition of one of several names, as POSIX spells it; the brackets before the name are Go's receiver."""
Parted = Literal["nowhere", "change", "place", "file", "more", "less"]
"""`change`: at one place, differently; `place`: elsewhere in one file; `file`: in another file; `more`: the accepted
one does all of the other and more; `less`: the accepted one leaves something out."""


class Gap(Record):
    """What a proposed patch and the accepted one differ by; product code, but for what is said of tests."""

    parted: Parted
    proposed_at: Hunk | None = None
    """The edit at which they parted; None where the proposed patch has none to set against the other."""
    accepted_at: Hunk | None = None
    proposed: tuple[Hunk, ...] = ()
    """Its edits that the accepted one does not have, in order."""
    accepted: tuple[Hunk, ...] = ()
    """Its edits that the proposed one did not have, in order."""
    shared: tuple[str, ...] = ()
    """Places (`path:function`, or a path) that both change."""
    missed: tuple[str, ...] = ()
    """Places that the accepted one alone changes."""
    needless: tuple[str, ...] = ()
    """Places that the proposed one alone changes."""
    files_missed: tuple[str, ...] = ()
    files_needless: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    """`name (path)` of functions of the project that the accepted one began to call and the proposed one did not."""
    tests: tuple[str, ...] = ()
    """Test files of the accepted one, where the proposed one changed no test."""
    changelog: tuple[str, ...] = ()
    """Likewise changelog files."""

    @property
    def proposed_lines(self) -> tuple[str, ...]:
        """Lines that the proposed patch alone adds."""
        return tuple(line for hunk in self.proposed for line in hunk.added)

    @property
    def accepted_lines(self) -> tuple[str, ...]:
        """Lines that the accepted patch alone adds."""
        return tuple(line for hunk in self.accepted for line in hunk.added)


def gap_between(
    repo: Repository, base_commit: str, proposed: str, accepted: str, *, accepted_base: str | None = None
) -> Gap:
    """What two unified diffs against the base commit differ by, white space apart; either may be empty.

    `accepted_base` is the commit that the accepted diff is against, where that is another one.
    """
    onto = accepted_base or base_commit
    layout = layout_of(repo.tree(base_commit))
    ours, theirs = hunks_of(repo, base_commit, proposed), hunks_of(repo, onto, accepted)
    source = [hunk for hunk in theirs if layout.role(hunk.path) == "source"]
    wanted = {"source"} if source else {"source", "other", "docs", "stub"}  # some fixes are of no code at all
    mine = [hunk for hunk in ours if layout.role(hunk.path) in wanted]
    right = [hunk for hunk in theirs if layout.role(hunk.path) in wanted]
    only_mine, only_right = _without(mine, right), _without(right, mine)
    parted, at, instead = _parting(mine, only_mine, only_right)
    places, right_places = [hunk.place for hunk in mine], [hunk.place for hunk in right]
    files, right_files = [hunk.path for hunk in mine], [hunk.path for hunk in right]
    return Gap(
        parted=parted,
        proposed_at=at,
        accepted_at=instead,
        proposed=tuple(only_mine),
        accepted=tuple(only_right),
        shared=tuple(dict.fromkeys(place for place in right_places if place in places)),
        missed=tuple(dict.fromkeys(place for place in right_places if place not in places)),
        needless=tuple(dict.fromkeys(place for place in places if place not in right_places)),
        files_missed=tuple(dict.fromkeys(path for path in right_files if path not in files)),
        files_needless=tuple(dict.fromkeys(path for path in files if path not in right_files)),
        helpers=_helpers(repo, onto, layout, only_right, ours),
        tests=_companions(layout, "test", proposed, accepted),
        changelog=_companions(layout, "changelog", proposed, accepted),
    )


def _without(hunks: Iterable[Hunk], others: Iterable[Hunk]) -> list[Hunk]:
    known = {hunk.key for hunk in others}
    return [hunk for hunk in hunks if hunk.key not in known]


def _parting(
    mine: Sequence[Hunk], only_mine: Sequence[Hunk], only_right: Sequence[Hunk]
) -> tuple[Parted, Hunk | None, Hunk | None]:
    """How they parted, with the two edits; the nearest pair counts, in the order of the accepted patch."""
    if not only_right:
        return ("less", only_mine[0], None) if only_mine else ("nowhere", None, None)
    if not only_mine:
        return "more", (mine[0] if mine else None), only_right[0]
    pairs = [(other, hunk) for hunk in only_right for other in only_mine]
    for other, hunk in pairs:
        if other.path == hunk.path and (other.symbol == hunk.symbol != "" or _overlap(other, hunk)):
            return "change", other, hunk
    for other, hunk in pairs:
        if other.path == hunk.path:
            return "place", other, hunk
    return "file", only_mine[0], only_right[0]


def _overlap(one: Hunk, other: Hunk) -> bool:
    return one.line <= other.line + len(other.removed) and other.line <= one.line + len(one.removed)


def _helpers(
    repo: Repository, commit: str, layout: Layout, hunks: Sequence[Hunk], others: Sequence[Hunk]
) -> tuple[str, ...]:
    """Functions of the product that the hunks begin to call, unlike the others; none where a clone lacks files."""
    called = {name for hunk in others for line in hunk.added for name in CALLED.findall(line)}
    fresh = [name for hunk in hunks for line in hunk.added for name in CALLED.findall(line) if name in hunk.names]
    names = [name for name in dict.fromkeys(fresh) if name not in called][:ASKED]
    if not names:
        return ()
    pattern = DEFINES % "|".join(names)
    done = run(repo.path, "grep", "-I", "-E", "-z", "--full-name", pattern, commit)
    homes: dict[str, set[str]] = {name: set() for name in names}
    records = done.stdout.decode("utf-8", "replace").removeprefix(f"{commit}:").split(f"\n{commit}:")
    for record in records if done.returncode == 0 else ():
        path, _, line = record.partition("\0")
        for name in names if layout.role(path) == "source" else ():
            if re.search(rf"\b{name}\b", line):
                homes[name].add(path)
    # One home only: of a name that several files define nobody knows which was called.
    return tuple(f"{name} ({next(iter(paths))})" for name, paths in homes.items() if len(paths) == 1)[:HELPERS]


def _companions(layout: Layout, role: str, proposed: str, accepted: str) -> tuple[str, ...]:
    """Files of a role that the accepted patch changes, where the proposed one changes none."""
    if any(layout.role(change.path) == role for change, _ in changed_lines(proposed)):
        return ()
    return tuple(change.path for change, _ in changed_lines(accepted) if layout.role(change.path) == role)
