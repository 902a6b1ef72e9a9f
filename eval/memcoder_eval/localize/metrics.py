"""The figures: accuracy and recall at k, their intervals, and arms compared in pairs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from memcoder_eval.intervals import wilson
from memcoder_eval.statistics import percent

KS = (1, 3, 5, 10)
Ranks = Sequence[int | None]
"""The rank of each gold item, from 1; None where it is not in the list."""


def strict(ranks: Ranks, k: int) -> bool:
    """Whether every gold item is in the top k; never true where there is none."""
    return bool(ranks) and all(rank is not None and rank <= k for rank in ranks)


def recall_at(ranks: Ranks, k: int) -> float:
    """Share of the gold items in the top k, 0 to 1."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks) if ranks else 0.0


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
