"""Intervals of shares."""

import memcoder

Z = 1.959964
"""Of a 95 % interval."""


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1 (Wilson, JASA 1927); (0, 1) where nothing was counted."""
    return memcoder.wilson(hits, total, Z)


def share(hits: int, total: int) -> dict[str, float | int | list[float]]:
    """A share in percent with its interval, as benchmarks report it."""
    low, high = wilson(hits, total)
    percent = round(100 * hits / total, 1) if total else 0.0
    return {"hits": hits, "total": total, "percent": percent, "interval": [round(100 * low, 1), round(100 * high, 1)]}
