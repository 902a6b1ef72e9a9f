"""Samples that a seed decides, and nothing else."""

import random
from collections.abc import Iterable


def drawn(ids: Iterable[str], count: int, seed: int) -> list[str]:
    """So many of the ids, at most, whatever order they come in; a larger sample of a seed holds a smaller one."""
    found = sorted(ids)
    random.Random(seed).shuffle(found)  # noqa: S311 - a sample, no secret
    return found[:count]
