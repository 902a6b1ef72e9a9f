"""What findings weigh where nothing was counted, and which code they are about."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar

from memcoder.memory.conventions.paths import Layout

About = Literal["product", "tests"]
T = TypeVar("T")


def about(path: str, layout: Layout) -> About:
    """Which code a finding in this file is about."""
    return "tests" if layout.role(path) == "test" else "product"


def parted(found: Sequence[T], path: Callable[[T], str], layout: Layout) -> Iterator[tuple[About, list[T]]]:
    """What was found in the product, then what was found in its tests; a part without anything is left out."""
    for part in ("product", "tests"):  # type: About
        if its := [one for one in found if about(path(one), layout) == part]:
            yield part, its


def several(number: int) -> float:
    """The first of a kind weighs a half, the next a quarter, and so on: many never weigh more than 1."""
    return round(1 - 0.5**number, 4)
