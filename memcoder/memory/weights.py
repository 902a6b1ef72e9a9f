"""Weights of the rankers where a repository's own past has not taught any: fitted on SWE-bench's dev split.

209 instances of five repositories (pyvista's are left out), softmax loss, ridge of 1; see docs/recall.md. For each
ranker the weight of its reciprocal rank and that of its score against the best.
"""

import numpy as np

from memcoder.memory.postings import Floats

FILES = {
    "file-words": (-0.01, 0.45),
    "code-words": (1.06, 0.45),
    "title-words": (0.27, 1.30),
    "path-words": (0.59, 0.22),
    "named-symbols": (0.61, -0.47),
    "named-paths": (-0.07, 1.03),
    "message-votes": (1.06, 0.03),
    "title-votes": (1.49, 0.32),
    "diff-votes": (0.91, 0.18),
    "vector-votes": (0.26, 0.01),
    "test-links": (0.64, -1.00),
    "co-change": (0.70, -0.74),
    "recency": (-0.22, -0.34),
}
UNITS = {
    "code-words": (0.63, 1.44),
    "title-words": (0.60, 0.79),
    "named-symbols": (0.11, 0.58),
    "named-paths": (0.27, 1.04),
    "message-votes": (0.70, 0.00),
    "title-votes": (0.80, -0.10),
    "diff-votes": (0.20, 0.17),
    "vector-votes": (0.22, 0.13),
}
UNIT_EXTRAS = {"file-rank": 0.88, "file-score": 2.18, "class": -2.56, "module": -1.65}
"""Of how a unit's file fares, and of what the unit is: fixes change functions more often than what is around them."""


def default(level: str, names: tuple[str, ...]) -> Floats:
    """Weights in the order of fusion's features: reciprocal ranks, scores, and for units the extras."""
    table = FILES if level == "files" else UNITS
    ranks, scores = zip(*(table[name] for name in names), strict=True)
    extras = UNIT_EXTRAS.values() if level == "units" else ()
    return np.array([*ranks, *scores, *extras])
