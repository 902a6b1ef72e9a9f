"""Scores, and what forgetting is."""

import pytest
from memcoder_eval.closed_book.plan import ARMS, FIRST, Examination, asked, examinations, of
from memcoder_eval.closed_book.scores import Hits, forgetting, interval, score, targets

ROUND, PROBE = asked(1), "probe"


def hits_with(first: tuple[int, int], last: tuple[int, int]) -> Hits:
    """Of ten questions and of a hundred items how many are right after the first round, and after the second."""
    return {
        of("adapter", after, what): [True] * right + [False] * (total - right)
        for after, rights in ((1, first), (2, last))
        for what, right, total in zip((ROUND, PROBE), rights, (10, 100), strict=True)
    }


@pytest.mark.parametrize(
    ("first", "last", "lost"),
    [
        ((9, 80), (7, 79), 0.2),  # the questions fell further
        ((9, 80), (9, 70), 0.1),  # the probe fell further
        ((9, 80), (10, 70), 0.1),  # what rose elsewhere pays for nothing
        ((9, 80), (10, 81), 0.0),  # nothing fell
    ],
)
def test_forgetting_is_the_larger_of_the_two_drops(first: tuple[int, int], last: tuple[int, int], lost: float) -> None:
    assert forgetting(hits_with(first, last), "adapter", 2) == pytest.approx(lost)


def test_after_one_round_nothing_can_be_forgotten() -> None:
    assert forgetting({}, "adapter", 1) is None


def test_both_trained_arms_are_the_same_model_after_the_first_round() -> None:
    assert of("adapter", 1, PROBE) == of("adapter-no-rehearsal", 1, PROBE) == Examination(FIRST, 1, PROBE)
    assert of("adapter", 2, PROBE) != of("adapter-no-rehearsal", 2, PROBE)


def test_what_a_score_and_forgetting_need_is_asked_and_nothing_twice() -> None:
    planned = examinations(ARMS, 3)
    assert len(set(planned)) == len(planned)
    for arm in ("adapter", "adapter-no-rehearsal"):
        needed = {of(arm, after, what) for after in (1, 3) for what in (ROUND, PROBE)}
        assert needed | {of(arm, 3, asked(number)) for number in (2, 3)} <= set(planned)
    assert {one.what for one in planned if one.model == "open_book"} == {asked(1), asked(2), asked(3)}


def test_a_score_is_over_the_questions_of_all_rounds_by_the_last_model() -> None:
    hits: Hits = {
        of("adapter", 1, asked(1)): [True, True],
        of("adapter", 2, asked(1)): [True, False],
        of("adapter", 2, asked(2)): [False, False],
    }
    assert score(hits, "adapter", 2) == 0.25


def test_questions_on_one_fact_count_as_one_observation() -> None:
    same_facts = [True] * 30 + [False] * 30
    narrow, wide = interval(same_facts, 1, 0), interval(same_facts, 3, 0)
    assert wide[1] - wide[0] > 1.4 * (narrow[1] - narrow[0])


def test_targets_are_met_or_not_or_not_asked() -> None:
    good = {"base": 0.03, "open_book": 0.8, "adapter": 0.5, "forgetting": 0.01}
    assert targets(good, 5) == {"open_book": True, "base": True, "adapter": True, "forgetting": True}
    assert targets(good, 2)["forgetting"] is None
    assert targets(good | {"adapter": 0.39}, 5)["adapter"] is False  # less than half of the open book
    assert targets(good | {"open_book": 0.3, "adapter": 0.2}, 5)["adapter"] is False  # too near to the base
    assert targets(good | {"forgetting": 0.02, "base": 0.06, "open_book": 0.59}, 5) == {
        "open_book": False,
        "base": False,
        "adapter": True,
        "forgetting": False,
    }
    assert targets({"base": 0.0}, 5)["adapter"] is None
