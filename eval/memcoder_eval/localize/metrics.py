"""The figures: accuracy and recall at k, their intervals, and arms compared in pairs."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from memcoder_eval.intervals import wilson

KS = (1, 3, 5, 10)
RESAMPLES = 10_000
Ranks = Sequence[int | None]
"""The rank of each gold item, from 1; None where it is not in the list."""


def strict(ranks: Ranks, k: int) -> bool:
    """Whether every gold item is in the top k; never true where there is none."""
    return bool(ranks) and all(rank is not None and rank <= k for rank in ranks)


def recall_at(ranks: Ranks, k: int) -> float:
    """Share of the gold items in the top k, 0 to 1."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks) if ranks else 0.0


def mcnemar(won: int, lost: int) -> float:
    """The exact two-sided p of McNemar's test: a fair coin decides each pair that differs."""
    pairs = won + lost
    if not pairs:
        return 1.0
    tail: int = sum(math.comb(pairs, count) for count in range(min(won, lost) + 1))
    return min(1.0, float(2 * tail / 2**pairs))


def compare(ours: Sequence[bool], theirs: Sequence[bool], seed: int) -> dict[str, Any]:
    """Hits of one arm against another's on the same instances.

    Gives `won`, `lost` (counts), `p` (exact McNemar), `difference` and its 95 % bootstrap `interval` (in points).
    """
    total = len(ours)
    won = sum(mine and not other for mine, other in zip(ours, theirs, strict=True))
    lost = sum(other and not mine for mine, other in zip(ours, theirs, strict=True))
    interval = [0.0, 0.0]
    if total:
        # Resampling pairs with replacement: how many of them were won, lost or equal is multinomial.
        shares = [won / total, lost / total, 1 - (won + lost) / total]
        drawn = np.random.default_rng(seed).multinomial(total, shares, size=RESAMPLES)
        ends = np.quantile((drawn[:, 0] - drawn[:, 1]) / total, [0.025, 0.975])
        interval = [percent(float(end)) for end in ends]
    difference = percent((won - lost) / total) if total else 0.0
    return {"won": won, "lost": lost, "p": round(mcnemar(won, lost), 4), "difference": difference, "interval": interval}


def share(hits: int, total: int) -> dict[str, Any]:
    """A share in percent with its interval."""
    return {
        "percent": percent(hits / total if total else 0.0),
        "interval": [percent(end) for end in wilson(hits, total)],
    }


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """p50 and p95 (interpolated), in the unit given; None where nothing was measured."""
    if not values:
        return {"p50": None, "p95": None}
    middle, high = np.quantile(values, [0.5, 0.95])
    return {"p50": round(float(middle), 1), "p95": round(float(high), 1)}


def percent(value: float) -> float:
    """A share of 1 in percent, to one decimal."""
    return round(100 * value, 1)
