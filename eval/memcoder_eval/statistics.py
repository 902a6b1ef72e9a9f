"""Arms compared in pairs: who won what the other lost, how sure that is, and what could have been seen at all."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from memcoder_eval.intervals import share

RESAMPLES = 10_000
LEVEL, POWER = 0.05, 0.8
NEGLIGIBLE = 1e-9
STEPS = 30
"""Halvings until the smallest difference is known to far less than one pair."""
Floats = npt.NDArray[np.float64]


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
    won, lost = _differing(ours, theirs)
    interval = [0.0, 0.0]
    if total:
        # Resampling pairs with replacement: how many of them were won, lost or equal is multinomial.
        shares = [won / total, lost / total, 1 - (won + lost) / total]
        drawn = np.random.default_rng(seed).multinomial(total, shares, size=RESAMPLES)
        ends = np.quantile((drawn[:, 0] - drawn[:, 1]) / total, [0.025, 0.975])
        interval = [percent(float(end)) for end in ends]
    difference = percent((won - lost) / total) if total else 0.0
    return {"won": won, "lost": lost, "p": round(mcnemar(won, lost), 4), "difference": difference, "interval": interval}


def mean_difference(ours: Sequence[float], theirs: Sequence[float], seed: int) -> dict[str, Any]:
    """Mean of the differences of pairs, e.g. of tokens, and its 95 % bootstrap `interval`; None without pairs."""
    differences = np.asarray(ours, np.float64) - np.asarray(theirs, np.float64)
    if not len(differences):
        return {"difference": None, "interval": None}
    drawn = np.random.default_rng(seed).integers(0, len(differences), (RESAMPLES, len(differences)))
    ends = np.quantile(differences[drawn].mean(axis=1), [0.025, 0.975])
    return {"difference": float(differences.mean()), "interval": [float(end) for end in ends]}


def negative_transfer(ours: Sequence[bool], without: Sequence[bool]) -> dict[str, float | int | list[float]]:
    """Of the instances that were resolved without memory, the share that was lost with it."""
    kept = [mine for mine, before in zip(ours, without, strict=True) if before]
    return share(len(kept) - sum(kept), len(kept))


def each_resolved(spent: float, resolved: int) -> float | None:
    """What one resolved instance cost, the failed ones paid for; None where none was resolved."""
    return spent / resolved if resolved else None


def detectable(pairs: int, differing: float) -> float | None:
    """The smallest true difference (0 to 1) that this many pairs would have shown, with a chance of 80 % at 5 %.

    `differing` is the share of pairs in which the arms differed; where a difference needs more of them than that, all
    of them go one way. None where no difference could be shown: the exact test needs six pairs that differ.

    The power is that of the exact McNemar test, summed over how many pairs differ (Duffy, Biometrics 1984):
    D ~ Bin(n, q), W | D ~ Bin(D, (q + d) / 2q), power(d) = sum of P(D) P(W | D) where the test says p < 0.05.
    """
    if power(pairs, max(differing, 1.0), 1.0) < POWER:
        return None
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        enough = power(pairs, max(differing, middle), middle) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    return high


def power(pairs: int, differing: float, difference: float) -> float:
    """The chance that the exact test shows a true difference, where this share of the pairs differs (both 0 to 1)."""
    if not pairs or not differing:
        return 0.0
    won = min(1.0, (differing + difference) / (2 * differing))
    chances = _binomial(pairs, differing)
    likely = [count for count in range(1, pairs + 1) if chances[count] > NEGLIGIBLE]
    return float(sum(chances[count] * _shown(count, won) for count in likely))


def compared(resolved: Mapping[str, bool], others: Mapping[str, bool], seed: int) -> dict[str, Any]:
    """`compare` on what both arms have, by key, with `of` (pairs) and `detectable` (in points)."""
    keys = sorted(set(resolved) & set(others))
    ours, theirs = [resolved[key] for key in keys], [others[key] for key in keys]
    differing = sum(_differing(ours, theirs)) / len(keys) if keys else 0.0
    least = detectable(len(keys), differing)
    told = None if least is None else percent(least)
    return {"of": len(keys), **compare(ours, theirs, seed), "detectable": told}


def percent(value: float) -> float:
    """A share of 1 in percent, to one decimal."""
    return round(100 * value, 1)


def _differing(ours: Sequence[bool], theirs: Sequence[bool]) -> tuple[int, int]:
    """How many pairs one arm alone hit, and the other alone."""
    pairs = list(zip(ours, theirs, strict=True))
    return sum(mine and not other for mine, other in pairs), sum(other and not mine for mine, other in pairs)


def _shown(count: int, won: float) -> float:
    """The chance that the test says p < 0.05 of so many pairs that differ, each won with this chance."""
    fewest = _fewest(count)
    chances = _binomial(count, won)
    return float(chances[: fewest + 1].sum() + chances[count - fewest :].sum()) if fewest >= 0 else 0.0


@cache
def _fewest(count: int) -> int:
    """The most that the loser of so many pairs may have won for the test to say p < 0.05; -1: nothing is so sure."""
    return max((lost for lost in range(count // 2 + 1) if mcnemar(count - lost, lost) < LEVEL), default=-1)


def _binomial(count: int, chance: float) -> Floats:
    """Probabilities of 0 to `count` hits."""
    if chance >= 1.0:
        return np.asarray(np.eye(1, count + 1, count)[0], np.float64)
    hits = np.arange(count + 1)
    ways = np.array([math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1) for k in hits])
    return np.asarray(np.exp(ways + hits * math.log(chance) + (count - hits) * math.log1p(-chance)), np.float64)
