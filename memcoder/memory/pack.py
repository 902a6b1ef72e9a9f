"""Which of the recalled pieces of code a reader sees who has room for so many tokens."""

from collections.abc import Sequence

import numpy as np

DEAR = 0.2
"""Power of a piece's size that its score is divided by: 0 would be the order of the scores, 1 all scores a token."""


def pack(scores: Sequence[float], sizes: Sequence[int], budget: int) -> list[int]:
    """Positions of what is shown, in the order in which it is chosen.

    `scores` are those of recalled places, `sizes` what showing each costs. Small pieces go before large ones of the
    same score, because a large one takes the room of several; what does not fit into the room left is passed over.
    """
    worth = np.asarray(scores, np.float64) / np.maximum(np.asarray(sizes, np.float64), 1.0) ** DEAR
    chosen, left = [], budget
    for at in np.argsort(-worth, kind="stable").tolist():
        if sizes[at] <= left:
            chosen.append(at)
            left -= sizes[at]
    return chosen
