"""Curves of a document as points of inline SVG."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 28


@dataclass(frozen=True)
class Line:
    """One arm's curve, as SVG's `points`."""

    name: str
    points: str
    last: str
    """Its last value."""


@dataclass(frozen=True)
class Chart:
    """One figure of one repository: a line an arm, over its tasks in order."""

    title: str
    lines: tuple[Line, ...]
    top: str
    """Value at the upper edge; the lower one is 0."""
    longest: int
    """How many tasks the horizontal axis has."""


def charts(curves: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]) -> Iterator[Chart]:
    """`curves` is arm → repository → figure → a value a task, as `memcoder eval stream` has it."""
    pairs = dict.fromkeys((repo, figure) for own in curves.values() for repo, found in own.items() for figure in found)
    for repo, figure in pairs:
        found = {arm: own[repo][figure] for arm, own in curves.items() if figure in own.get(repo, {})}
        yield _chart(f"{repo}: {figure}", found)


def _chart(title: str, found: Mapping[str, Sequence[float]]) -> Chart:
    highest = max((value for values in found.values() for value in values), default=0.0)
    top = 1.0 if highest <= 1 else highest
    longest = max(map(len, found.values()), default=0)
    lines = tuple(Line(arm, _points(values, top, longest), f"{values[-1]:.3g}") for arm, values in found.items())
    return Chart(title, lines, f"{top:.4g}", longest)


def _points(values: Sequence[Any], top: float, longest: int) -> str:
    across, up = (WIDTH - LEFT - RIGHT) / max(longest - 1, 1), HEIGHT - TOP - BOTTOM
    at = ((LEFT + number * across, TOP + up * (1 - value / top)) for number, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
