"""Intervals of shares."""

import math

Z = 1.959964
"""Of a 95 % interval."""


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1 (Wilson, JASA 1927); (0, 1) where nothing was counted."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = share + Z * Z / (2 * total)
    spread = Z * math.sqrt(share * (1 - share) / total + Z * Z / (4 * total * total))
    scale = 1 + Z * Z / total
    # In floating point the ends can miss 0 and 1 by a hair.
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def share(hits: int, total: int) -> dict[str, float | int | list[float]]:
    """A share in percent with its interval, as benchmarks report it."""
    low, high = wilson(hits, total)
    percent = round(100 * hits / total, 1) if total else 0.0
    return {"hits": hits, "total": total, "percent": percent, "interval": [round(100 * low, 1), round(100 * high, 1)]}
