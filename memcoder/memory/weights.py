"""Weights of the rankers where a repository's own past has not taught any: fitted on SWE-bench's dev split.

209 instances of five repositories (pyvista's are left out), softmax loss, ridge of 1; those of the vectors are from an
earlier fit, because most vectors were missing in this one; see docs/recall.md. For each ranker the weight of its
reciprocal rank and that of its score against the best.
"""

import numpy as np

from memcoder.memory.postings import Floats

FILES = {
    "file-words": (0.07, 0.48),
    "code-words": (0.95, 0.39),
    "title-words": (0.23, 1.51),
    "path-words": (0.58, 0.36),
    "named-symbols": (0.60, -0.39),
    "named-paths": (-0.06, 1.16),
    "message-votes": (0.93, 0.08),
    "title-votes": (1.33, 0.63),
    "diff-votes": (0.83, 0.36),
    "vector-votes": (0.29, -0.02),
    "test-links": (0.53, -0.93),
    "co-change": (0.62, 0.23),
    "recency": (-0.23, -0.41),
}
UNITS = {
    "code-words": (0.09, 1.16),
    "title-words": (0.11, 0.60),
    "named-symbols": (-0.09, 0.41),
    "named-paths": (0.20, 0.85),
    "message-votes": (0.36, -0.30),
    "title-votes": (0.62, 0.21),
    "diff-votes": (0.28, 0.40),
    "vector-votes": (0.17, 0.19),
}
WITHIN = {"code-words": 1.49, "title-words": 0.46, "message-votes": 0.46}
"""Of a unit's rank among those of its file, by ranker."""
UNIT_EXTRAS = {"file-rank": 1.48, "file-score": 2.87, "class": -2.61, "module": -1.91} | WITHIN | {"names": 0.93}
"""Of how a unit's file fares, what the unit is (fixes change functions more often than what is around them), and how
it stands in its file, at last by the words of its name; in the order of `unit_candidates`."""


def default(level: str, names: tuple[str, ...]) -> Floats:
    """Weights in the order of fusion's features: reciprocal ranks, scores, and for units the extras."""
    table = FILES if level == "files" else UNITS
    ranks, scores = zip(*(table[name] for name in names), strict=True)
    extras = UNIT_EXTRAS.values() if level == "units" else ()
    return np.array([*ranks, *scores, *extras])
