import math
import random
from collections import Counter

import numpy as np
import pytest

from memcoder.memory.postings import K1, B, Postings, Rows

QUERY = {1: 1.0, 3: 2.0, 7: 0.5, 99: 1.0}
"""Terms with weights; 99 stands nowhere."""


def documents(count: int, seed: int) -> list[dict[int, int]]:
    chance = random.Random(seed)
    return [dict(Counter(chance.choices(range(12), k=chance.randint(1, 20)))) for _ in range(count)]


def reference(held: list[dict[int, int]]) -> list[float]:
    """BM25 as its paper writes it, one document after the other."""
    mean = sum(sum(one.values()) for one in held) / len(held)
    scores = []
    for one in held:
        total = 0.0
        for term, weight in QUERY.items():
            having = sum(term in other for other in held)
            gain = weight * math.log(1 + (len(held) - having + 0.5) / (having + 0.5))
            count = one.get(term, 0)
            total += gain * count * (K1 + 1) / (count + K1 * (1 - B + B * sum(one.values()) / mean))
        scores.append(total)
    return scores


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_the_formula(seed: int) -> None:
    held = documents(50, seed)
    postings = Postings.of(Rows.of(held))
    assert postings.select(QUERY).bm25(postings.lengths).scores == pytest.approx(reference(held))


def test_what_may_not_be_seen_moves_no_score() -> None:
    held = documents(60, 9)
    allowed = np.array([number % 3 != 0 for number in range(60)])
    postings = Postings.of(Rows.of(held))
    scores = postings.select(QUERY).bm25(np.where(allowed, postings.lengths, 0.0)).scores
    alone = [one for one, seen in zip(held, allowed, strict=True) if seen]
    never = Postings.of(Rows.of(alone))
    assert scores[allowed] == pytest.approx(never.select(QUERY).bm25(never.lengths).scores, abs=0)
    assert not scores[~allowed].any()
    every = Postings.of(Rows.of(held))
    control = every.select(QUERY).bm25(every.lengths).scores
    assert np.abs(control[allowed] - scores[allowed]).max() > 0.01


def test_grouped_documents_score_as_if_they_were_one() -> None:
    held = documents(40, 3)
    group = np.array([number // 4 if number < 36 else -1 for number in range(40)], np.int32)
    together = [sum((Counter(held[number]) for number in range(at, at + 4)), Counter()) for at in range(0, 36, 4)]
    postings = Postings.of(Rows.of(held))
    lengths = np.array([float(sum(one.values())) for one in together])
    scores = postings.select(QUERY).bm25(lengths, group).scores
    assert scores == pytest.approx(reference([dict(one) for one in together]))


def test_own_numbers_and_gaps_are_kept() -> None:
    postings = Postings.of(Rows.of([{1: 2}, {1: 1, 3: 1}]), np.array([4, 2]), 6)
    assert postings.lengths.tolist() == [0, 0, 2, 0, 2, 0]
    scored = postings.select(QUERY).bm25(postings.lengths)
    assert np.flatnonzero(scored.scores).tolist() == [2, 4]
    assert scored.best_terms(np.array([2]))[2] == [3, 1]
    assert scored.shared().tolist() == [0, 0, 2, 0, 1, 0]


def test_rows_survive_the_database() -> None:
    rows = Rows.joined([Rows.of([{5: 70_000}]), Rows.of([{}]), Rows.of([{2: 1}])])
    again = Rows.from_blobs(*rows.blobs())
    assert (again.sizes.tolist(), again.terms.tolist(), again.counts.tolist()) == ([1, 0, 1], [5, 2], [65535, 1])


def test_nothing_in_nothing_is_nothing() -> None:
    empty = Postings.of(Rows.of([]))
    assert len(empty.select(QUERY).bm25(empty.lengths).scores) == 0
    one = Postings.of(Rows.of([{1: 1}]))
    assert one.select({}).bm25(one.lengths).scores.tolist() == [0.0]
