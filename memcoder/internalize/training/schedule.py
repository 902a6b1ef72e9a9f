"""Which examples are seen when: a function of the examples and the seed alone, so that a resumed training knows it."""

import random
from collections.abc import Sequence

from memcoder.internalize.training.example import Example, Training

WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""
LAST_RATE = 0.1
"""What is left of the learning rate at the end."""


def batches(examples: Sequence[Example], how: Training) -> list[list[int]]:
    """Positions of the examples of every step of every epoch.

    An epoch holds each new example once, and of the rehearsal as many as make up `how.rehearsal` of it: all rounds
    alike, drawn uniformly anew each epoch, none twice unless there are too few.
    """
    chance = random.Random(how.seed)  # noqa: S311 - a schedule, not a secret
    new = [at for at, one in enumerate(examples) if one.kind != "rehearsal"]
    old = [at for at, one in enumerate(examples) if one.kind == "rehearsal"]
    wanted = round(len(new) * how.rehearsal / (1 - how.rehearsal)) if old else 0
    found = []
    for _ in range(how.epochs):
        epoch = new + _drawn(old, wanted, chance)
        chance.shuffle(epoch)
        found += [epoch[at : at + how.batch] for at in range(0, len(epoch), how.batch)]
    return found


def rate(step: int, steps: int, how: Training) -> float:
    """Learning rate of a step, counted from 0."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return how.learning_rate * (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    return how.learning_rate * (1 - (1 - LAST_RATE) * done)


def _drawn(old: list[int], wanted: int, chance: random.Random) -> list[int]:
    drawn: list[int] = []
    while len(drawn) < wanted:
        drawn += chance.sample(old, min(len(old), wanted - len(drawn)))
    return drawn
