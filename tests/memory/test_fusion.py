import numpy as np
import pytest

from memcoder.memory import fusion
from memcoder.memory.fusion import Example


def examples() -> list[Example]:
    chance = np.random.default_rng(4)
    return [Example(chance.random((size, 4)), np.arange(gold)) for size, gold in ((6, 1), (9, 2), (4, 1))]


def loss(weights: np.ndarray, start: np.ndarray, pull: float) -> float:
    """Softmax cross entropy, one example after the other, and the pull to the start."""
    total = 0.5 * pull * float(((weights - start) ** 2).sum())
    for one in examples():
        scores = one.features @ weights
        total += float(np.log(np.exp(scores).sum()) - scores[one.gold].mean())
    return total


def test_learned_weights_are_where_no_step_lowers_the_loss() -> None:
    start, pull = np.array([1.0, 1.0, 0.0, 0.0]), 0.5
    learned = fusion.learn(examples(), start, pull)
    assert loss(learned, start, pull) < loss(start, start, pull) - 1e-3

    def slopes(at: np.ndarray) -> np.ndarray:
        steps = 1e-5 * np.eye(len(start))
        return np.array([(loss(at + step, start, pull) - loss(at - step, start, pull)) / 2e-5 for step in steps])

    assert np.abs(slopes(learned)).max() < 5e-3
    assert np.abs(slopes(start)).max() > 0.1


def test_a_strong_pull_and_no_example_leave_the_start() -> None:
    start = np.array([1.0, 1.0, 0.0, 0.0])
    assert fusion.learn(examples(), start, 1e9) == pytest.approx(start, abs=1e-6)
    assert fusion.learn([Example(np.ones((3, 4)), np.zeros(0, np.int64))], start) is start


def test_features_are_reciprocal_ranks_and_shares_of_the_best() -> None:
    found = fusion.candidates(
        {"a": np.array([0.0, 4.0, 2.0]), "b": None, "alone": np.array([9.0, 0.0, 3.0])}, {"alone"}
    )
    assert found.items.tolist() == [1, 2]  # what `alone` alone ranks is no candidate
    first, second = found.features.tolist()
    assert first == pytest.approx([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    assert second == pytest.approx([6 / 7, 0.0, 6 / 7, 0.5, 0.0, 1 / 3])


def test_ties_go_to_the_lower_number_and_shares_add_up() -> None:
    assert fusion.ordered(np.array([1.0, 0.0, 2.0, 1.0])).tolist() == [2, 0, 3]
    assert fusion.shares(np.array([900.0, 900.0])).tolist() == [0.5, 0.5]
    assert len(fusion.shares(np.zeros(0))) == 0
