"""Counting: how often a rule held, faded by age, and what may be stated of it.

The clock is the project's own: an observation counts half for every `HALF_LIFE` changes that came after it. So a rule
of an area that nobody touches any more fades with the area, and a practice that was given up fades with its age.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from memcoder.memory.conventions.rules import Facts, Rule
from memcoder.records import ChangeKind, Convention

HALF_LIFE = 200
"""Changes."""
LEAST = 20
"""Nothing is stated that fewer changes than this speak of."""
LEAST_FADED = 8.0
"""Nor where what they count by now is less than this."""
RATE = 0.5
"""Nor what holds for fewer than half."""
LEAST_USES = 4
"""Changes that must have begun to use a helper, ..."""
LEAST_FADED_USES = 1.5
"""... and what they must count by now."""
Z = 1.2816
"""Of Wilson's bound that is the weight: 9 in 10 (one-sided) that the rate is at least that."""
EXAMPLES = 3


@dataclass(frozen=True)
class Tally:
    """What was counted of one rule."""

    count: int
    total: int
    faded_count: float
    faded_total: float
    first: int
    last: int
    examples: tuple[str, ...]
    """The newest changes for which it held."""

    @property
    def rate(self) -> float:
        """The share to expect of the next change: faded, and drawn a little towards one half (Laplace)."""
        return (self.faded_count + 1) / (self.faded_total + 2)


def fade(number: int, half_life: float = HALF_LIFE) -> float:
    """What the change counts by that `number` changes came after."""
    return float(0.5 ** (number / half_life))


def wilson(count: float, total: float, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson, JASA 1927); (0, 1) where nothing was counted."""
    if total <= 0:
        return 0.0, 1.0
    share = count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    reach = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, middle - reach), min(1.0, middle + reach)


class Observations:
    """The changes that were looked at, oldest first, found by area and kind."""

    def __init__(self, facts: Sequence[Facts], half_life: float = HALF_LIFE) -> None:
        self._found: dict[tuple[str, ChangeKind | None], list[tuple[float, Facts]]] = {}
        for number, fact in enumerate(facts):
            weight = fade(len(facts) - 1 - number, half_life)
            for area in fact.areas or {"-"}:
                for kind in (None, fact.kind):
                    self._found.setdefault((area, kind), []).append((weight, fact))

    def of(self, area: str, kind: ChangeKind | None) -> list[tuple[float, Facts]]:
        """The changes of an area's source of a kind, each with what it counts by."""
        return self._found.get((area, kind), [])

    def tally(self, rule: Rule) -> Tally:
        """How often a rule held."""
        told = [(weight, fact, bool(held)) for weight, fact in self.of(rule.area, rule.kind)
                if (held := rule.holds(fact)) is not None]  # fmt: skip
        kept = [(weight, fact) for weight, fact, held in told if held]
        return Tally(
            count=len(kept),
            total=len(told),
            faded_count=sum(weight for weight, _ in kept),
            faded_total=sum(weight for weight, _, _ in told),
            first=kept[0][1].landed.time if kept else 0,
            last=kept[-1][1].landed.time if kept else 0,
            examples=tuple(fact.landed.sha for _, fact in kept[: -EXAMPLES - 1 : -1]),
        )


def sure_enough(tally: Tally) -> bool:
    """Whether enough changes, and most of them, speak for a rule."""
    return tally.total >= LEAST and tally.faded_total >= LEAST_FADED and tally.rate >= RATE


def convention(rule: Rule, tally: Tally) -> Convention:
    """The record of a rule that was counted."""
    return Convention(
        rule=rule.rule,
        area=rule.area,
        kind=rule.kind,
        form=rule.form,
        detail=rule.detail,
        count=tally.count,
        total=tally.total,
        first=tally.first,
        last=tally.last,
        rate=round(tally.rate, 4),
        weight=round(wilson(tally.faded_count, tally.faded_total, Z)[0], 4),
        examples=tally.examples,
    )


def often_enough(tally: Tally) -> bool:
    """Whether a helper is used anew so often that it will be again."""
    return tally.total >= LEAST and tally.count >= LEAST_USES and tally.faded_count >= LEAST_FADED_USES
