"""Putting rankers' lists together: by reciprocal rank, and by weights learned from past fixes.

Each ranker gives a candidate two features: its reciprocal rank (Cormack et al., SIGIR 2009, with k = 5) and its score
against the list's best. A linear model adds them up; with reciprocal ranks alone, all weighing the same, that is
plain fusion.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memcoder.memory.postings import Floats, Integers

K = 5
DEPTH = 50
"""Candidates of each list."""
PULL = 30.0
"""How strongly learned weights are held to those they start from; an example pulls with at most 1."""
STEPS = 30
TINY = 1e-5


@dataclass(frozen=True)
class Candidates:
    """What some ranker put near the top: `items` by number, and each one's features, two a ranker."""

    items: Integers
    features: Floats
    """Shape (candidates, 2 * rankers): reciprocal ranks, then scores against the best."""


@dataclass(frozen=True)
class Example:
    """A past fix as a question: its candidates and which of them it changed."""

    features: Floats
    gold: Integers
    """Rows of `features`."""


def candidates(
    lists: Mapping[str, Floats | None], silent: Container[str] = (), more: Integers | None = None
) -> Candidates:
    """Features of everything that stands among a list's best, and of `more`; `silent` lists add no candidates."""
    orders = {name: ordered(scores) for name, scores in lists.items() if scores is not None}
    wanted = [] if more is None else [more]
    wanted += [order[:DEPTH] for name, order in orders.items() if name not in silent]
    items = np.unique(np.concatenate(wanted)) if wanted else np.zeros(0, np.int64)
    features = np.zeros((len(items), 2 * len(lists)))
    for column, (name, scores) in enumerate(lists.items()):
        if scores is not None and len(orders[name]):
            features[:, column] = reciprocal_ranks(scores, orders[name])[items]
            features[:, len(lists) + column] = scores[items] / scores[orders[name][0]]
    return Candidates(items, features)


def ordered(scores: Floats) -> Integers:
    """Indexes of scores above 0, falling; ties go to the lower index."""
    at = np.flatnonzero(scores > 0)
    return at[np.argsort(-scores[at], kind="stable")]


def reciprocal_ranks(scores: Floats, order: Integers | None = None) -> Floats:
    """By item, 1 for the highest score above 0 and falling; 0 for what has none. `order` spares ordering them."""
    found = np.zeros(len(scores))
    order = ordered(scores) if order is None else order
    found[order] = (K + 1) / (K + np.arange(1, len(order) + 1))
    return found


def ranks_within(scores: Floats, groups: Integers) -> Floats:
    """The same, counted within each group."""
    return np.where(scores > 0, (K + 1) / (K + 1 + places_within(scores, groups)), 0.0)


def places_within(scores: Floats, groups: Integers) -> Integers:
    """By item, how many of its group stand before it: by falling score, ties in order."""
    order = np.lexsort((-scores, groups))
    firsts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    found = np.zeros(len(scores), np.int64)
    found[order] = np.arange(len(order)) - np.repeat(firsts, np.diff(np.append(firsts, len(order))))
    return found


def shares(scores: Floats) -> Floats:
    """Scores as shares of 1 (softmax), which is what the weights were learned by."""
    if not len(scores):
        return scores
    chances = np.exp(scores - scores.max())
    return np.asarray(chances / chances.sum())


def learn(examples: Sequence[Example], start: Floats, pull: float = PULL) -> Floats:
    """Weights that put what was changed before what was not: softmax over each example's candidates (ListNet, Cao et
    al., ICML 2007), held to `start` by a quadratic pull; Newton's method with halved steps.
    """
    usable = [example for example in examples if len(example.gold)]
    if not usable:
        return start
    every = _Stacked.of(usable)
    weights, loss = start, every.loss(start, start, pull)
    for _ in range(STEPS):
        step = every.step(weights, start, pull)
        while (new := every.loss(weights - step, start, pull)) > loss and np.abs(step).max() > TINY:
            step = step / 2
        if new > loss - TINY:
            break
        weights, loss = weights - step, new
    return weights


@dataclass(frozen=True)
class _Stacked:
    """All examples' candidates one below the other, so that a step is a few products of matrices."""

    features: Floats
    firsts: Integers
    """Row at which each example begins."""
    owner: Integers
    """Example of each row."""
    gold: Floats
    """By example, the mean features of what was changed."""

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "_Stacked":
        sizes = [len(example.features) for example in examples]
        return cls(
            np.concatenate([example.features for example in examples]),
            np.cumsum([0, *sizes[:-1]]),
            np.repeat(np.arange(len(sizes)), sizes),
            np.array([example.features[example.gold].mean(axis=0) for example in examples]),
        )

    def loss(self, weights: Floats, start: Floats, pull: float) -> float:
        scores = self.features @ weights
        top = np.maximum.reduceat(scores, self.firsts)
        spread = np.log(np.add.reduceat(np.exp(scores - top[self.owner]), self.firsts))
        return float((top + spread - self.gold @ weights).sum() + 0.5 * pull * ((weights - start) ** 2).sum())

    def step(self, weights: Floats, start: Floats, pull: float) -> Floats:
        """Newton's step, to be taken away from the weights."""
        scores = self.features @ weights
        chances = np.exp(scores - np.maximum.reduceat(scores, self.firsts)[self.owner])
        chances /= np.add.reduceat(chances, self.firsts)[self.owner]
        weighed = self.features * chances[:, None]
        means = np.add.reduceat(weighed, self.firsts, axis=0)
        gradient = (means - self.gold).sum(axis=0) + pull * (weights - start)
        hessian = weighed.T @ self.features - means.T @ means + pull * np.eye(len(weights))
        return np.asarray(np.linalg.solve(hessian, gradient))
