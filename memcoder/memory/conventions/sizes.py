"""The usual size of a change: lines and files of source, its median and quartiles, and what nine in ten stay within."""

from collections.abc import Callable, Sequence

from memcoder.memory.conventions.count import Observations
from memcoder.memory.conventions.paths import Layout
from memcoder.memory.conventions.rules import Facts, Rule
from memcoder.records import ChangeKind

SIZED: tuple[ChangeKind, ...] = ("fix", "feature")
MOST = 0.9
LEAST = 20


def size_rules(seen: Observations, layout: Layout) -> list[Rule]:
    """For each area and kind of change: nine in ten change at most so many lines of its source."""
    found = []
    for area in ("", *layout.areas):
        for kind in SIZED:
            sized = [(weight, *_size(facts, area, layout)) for weight, facts in seen.of(area, kind)]
            if len(sized) < LEAST:
                continue
            lines = [(lines, weight) for weight, lines, _ in sized]
            files = [(files, weight) for weight, _, files in sized]
            most = quantile(lines, MOST)
            detail = f"{spread(lines)} lines in {spread(files)} files"
            found.append(Rule("size", area, kind, within(area, layout, most), f"{most} lines", detail))
    return found


def quantile(values: Sequence[tuple[int, float]], share: float) -> int:
    """The least value that this share of the weight lies at or below."""
    whole = sum(weight for _, weight in values)
    reached = 0.0
    for value, weight in sorted(values):
        reached += weight
        if reached >= share * whole:
            return value
    return max((value for value, _ in values), default=0)


def spread(values: Sequence[tuple[int, float]]) -> str:
    """Median and quartiles, as `9 (4–23)`."""
    low, middle, high = (quantile(values, share) for share in (0.25, 0.5, 0.75))
    return f"{middle} ({low}–{high})"


def _size(facts: Facts, area: str, layout: Layout) -> tuple[int, int]:
    files = facts.source_in(area, layout)
    return sum(file.added + file.deleted for file in files), len(files)


def within(area: str, layout: Layout, most: int) -> Callable[[Facts], bool | None]:
    """Whether a change has at most so many lines of an area's source."""
    return lambda facts: _size(facts, area, layout)[0] <= most
