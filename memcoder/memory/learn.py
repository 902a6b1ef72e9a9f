"""Weights of the rankers, learned from a repository's own past fixes: message as query, parent as base.

Examples are worked out once and kept; which of them count is decided by the commit that asks: its ancestors alone.
"""

import numpy as np

from memcoder.memory.postings import Floats
from memcoder.memory.scene import Scene


def file_weights(scene: Scene, names: tuple[str, ...]) -> Floats:
    return np.concatenate((np.ones(len(names)), np.zeros(len(names))))


def unit_weights(scene: Scene, names: tuple[str, ...]) -> Floats:
    return np.concatenate((np.ones(len(names)), np.zeros(len(names)), (1.0, 0.0)))
