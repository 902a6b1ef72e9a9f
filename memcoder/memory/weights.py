"""Weights of the rankers where a repository's own past has not taught any: fitted on SWE-bench's dev split.

209 instances of five repositories (pyvista's are left out), softmax loss, ridge of 1; see docs/recall.md. For each
ranker the weight of its reciprocal rank and that of its score against the best.
"""

import numpy as np

from memcoder.memory.postings import Floats

FILES = {
    "file-words": (-0.00, 0.48),
    "code-words": (1.09, 0.40),
    "title-words": (0.26, 1.33),
    "path-words": (0.60, 0.22),
    "named-symbols": (0.59, -0.46),
    "named-paths": (-0.08, 1.03),
    "message-votes": (1.07, 0.02),
    "title-votes": (1.52, 0.29),
    "diff-votes": (0.90, 0.19),
    "vector-votes": (0.29, -0.02),
    "test-links": (0.65, -1.00),
    "co-change": (0.72, -0.76),
    "recency": (-0.20, -0.35),
}
UNITS = {
    "code-words": (0.07, 1.13),
    "title-words": (0.32, 0.72),
    "named-symbols": (0.13, 0.55),
    "named-paths": (0.18, 0.86),
    "message-votes": (0.35, 0.03),
    "title-votes": (0.67, -0.09),
    "diff-votes": (0.04, 0.22),
    "vector-votes": (0.17, 0.19),
}
WITHIN = {"code-words": 1.57, "title-words": 0.44, "message-votes": 0.61}
"""Of a unit's rank among those of its file, by ranker."""
UNIT_EXTRAS = {"file-rank": 1.22, "file-score": 2.87, "class": -2.59, "module": -1.61} | WITHIN
"""Of how a unit's file fares, what the unit is (fixes change functions more often than what is around them), and how
it stands in its file; in the order of `unit_candidates`."""


def default(level: str, names: tuple[str, ...]) -> Floats:
    """Weights in the order of fusion's features: reciprocal ranks, scores, and for units the extras."""
    table = FILES if level == "files" else UNITS
    ranks, scores = zip(*(table[name] for name in names), strict=True)
    extras = UNIT_EXTRAS.values() if level == "units" else ()
    return np.array([*ranks, *scores, *extras])
