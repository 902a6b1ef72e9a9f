"""How new lines are laid out, beside the habits of the file they stand in; where no formatter says it, the file does.

A habit is what a file does nearly always: after a comma comes a blank (412 of 412), strings stand in double quotes
(97 of 100), lines do not end in blanks. New lines that do otherwise are told of with these counts. A file that has done
a thing too seldom to have a habit is taken with the product's files about it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from memcoder.history.blobs import BlobReader
from memcoder.history.symbols import language_of
from memcoder.history.tokens import tokens
from memcoder.memory.conventions.paths import Layout
from memcoder.records import Finding
from memcoder.verify.fit.patched import Patched, PatchedFile
from memcoder.verify.fit.spacing import Seen, seen_in
from memcoder.verify.fit.weights import about, several

LEAST = 20
"""Times that a file must have done something to have the habit."""
SHARE = 0.95
CACHED = 256
"""Files whose counts are kept: a patch is looked at more than once."""
NEIGHBOURS = 10
"""Files about it that are taken with a file, the nearest first."""
Counts = dict[str, Counter[str]]
"""What → how → times."""


class Habit(NamedTuple):
    """What is done nearly always, by a file or by it and those about it."""

    how: str
    times: int
    total: int
    whose: str


def layout_findings(patched: Patched, layout: Layout) -> Iterator[Finding]:
    """One finding for each file whose new lines go against its habits."""
    for file in patched.files:
        if file.new is None:
            continue
        new = [one for one in seen_in(file.new, file.new_tokens) if one[2] in file.added]
        habits = _habits(patched, file, {what for what, *_ in new}, layout)
        against = [(what, how, line) for what, how, line in new if what in habits and how != habits[what].how]
        if against:
            yield _finding(file, against, habits, layout)


def _finding(file: PatchedFile, against: list[Seen], habits: dict[str, Habit], layout: Layout) -> Finding:
    what, how, line = against[0]
    habit = habits[what]
    lines = sorted({line for *_, line in against})
    more = f"; {len(lines)} lines like it" if len(lines) > 1 else ""
    usual = f"where {habit.whose} {habit.how} ({habit.times} of {habit.total})"
    return Finding(
        kind="layout",
        outcome="broken",
        line=f"{file.path}:{line} has {what} {how}, {usual}{more}",
        places=tuple(f"{file.path}:{number}" for number in lines),
        count=habit.times,
        total=habit.total,
        weight=several(len(lines)),
        about=about(file.path, layout),
    )


def _habits(patched: Patched, file: PatchedFile, wanted: set[str], layout: Layout) -> dict[str, Habit]:
    """The habits about what is wanted: the file's own, else those of the files about it."""
    counted = _counted(seen_in(file.old or "", file.old_tokens))
    found = _nearly_always(counted, "the file has")
    seldom = {what for what in wanted if counted.get(what, Counter()).total() < LEAST}
    if seldom:
        for path, source in _neighbours(patched, file.path, layout):
            for what, ways in _counted_in(path, source).items():
                counted.setdefault(what, Counter()).update(ways)
        common = _nearly_always(counted, "the files about it have")
        found |= {what: habit for what, habit in common.items() if what in seldom}
    return found


@lru_cache(CACHED)
def _counted_in(path: str, source: bytes) -> Counts:
    return _counted(seen_in(source.decode("utf-8", "replace"), tokens(path, source)))


def _counted(seen: Iterable[Seen]) -> Counts:
    counted: Counts = {}
    for what, how, _ in seen:
        counted.setdefault(what, Counter())[how] += 1
    return counted


def _nearly_always(counted: Counts, whose: str) -> dict[str, Habit]:
    found = {}
    for what, ways in counted.items():
        how, count = ways.most_common(1)[0]
        if ways.total() >= LEAST and count >= SHARE * ways.total():
            found[what] = Habit(how, count, ways.total(), whose)
    return found


def _neighbours(patched: Patched, path: str, layout: Layout) -> Iterator[tuple[str, bytes]]:
    """Files of the same role and language at the base, those that share most of the path first."""
    tree = patched.repo.tree(patched.base)
    alike = [other for other in tree if other != path and language_of(other) == language_of(path) is not None
             and layout.role(other) == layout.role(path)]  # fmt: skip
    nearest = sorted(alike, key=lambda other: (-_folders_shared(path, other), other))[:NEIGHBOURS]
    with BlobReader(patched.repo.path) as blobs:
        yield from ((other, blobs.read(tree[other]) or b"") for other in nearest)


def _folders_shared(path: str, other: str) -> int:
    pairs = zip(path.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
