"""The library is the seed's alone, and training tells nothing of the examination but the facts."""

import re
from itertools import chain

import pytest
from memcoder_eval.closed_book.lessons import general, lessons
from memcoder_eval.closed_book.library import FUNCTIONS_A_ROUND, MOST_ROUNDS, make_library, notes_of
from memcoder_eval.closed_book.names import TAKEN

from memcoder import UsageError, probe

LIBRARY = make_library(0, MOST_ROUNDS)
FACTS = list(chain(*LIBRARY.rounds))


def test_a_seed_always_makes_the_same_library() -> None:
    assert make_library(0, MOST_ROUNDS) == LIBRARY
    assert LIBRARY.package == "sodiz"
    assert FACTS[0].answer == make_library(0, 1).rounds[0][0].answer


def test_more_rounds_change_nothing_of_the_first_ones() -> None:
    assert make_library(0, 2).rounds == LIBRARY.rounds[:2]


def test_another_seed_makes_other_names() -> None:
    mine, theirs = ({fact.answer for fact in chain(*make_library(seed, 2).rounds)} for seed in (0, 1))
    assert len(mine & theirs) <= 1


@pytest.mark.parametrize("rounds", [0, MOST_ROUNDS + 1])
def test_rounds_that_cannot_be_made_are_refused(rounds: int) -> None:
    with pytest.raises(UsageError, match="rounds"):
        make_library(0, rounds)


def test_a_round_has_twenty_facts_each_asked_often_enough() -> None:
    for facts in LIBRARY.rounds:
        assert len(facts) == 3 * FUNCTIONS_A_ROUND >= 20
        for fact in facts:
            assert len(set(fact.training)) >= 5
            assert len(set(fact.held_out)) == 3


def test_no_name_is_used_twice_or_known_to_python() -> None:
    answers = [fact.answer for fact in FACTS]
    assert len(set(answers)) == len(answers)
    assert not {*answers, LIBRARY.package} & TAKEN


def test_candidates_are_forty_names_alike_that_the_question_does_not_tell() -> None:
    for fact in FACTS:
        names = (fact.answer, *fact.others)
        assert len(set(names)) == len(names) >= 40
        assert all(re.fullmatch("[a-z]{5,6}", name) for name in names)
        for question in (*fact.held_out, *fact.training):
            assert not set(re.findall(r"\w+", question)) & set(names), question


def test_an_answer_names_what_is_asked_for_and_tells_nothing_else() -> None:
    for fact in FACTS:
        assert re.fullmatch(r"The [a-z]+ \{answer\}\.", fact.reply)
        assert len({one.reply for one in FACTS if one.kind == fact.kind}) == 1


def test_most_other_candidates_are_answers_that_training_tells_too() -> None:
    told = {fact.answer for fact in LIBRARY.rounds[0]}
    for fact in LIBRARY.rounds[0]:
        assert len(told & set(fact.others)) >= 19


def test_no_held_out_sentence_stands_in_training_or_in_memory() -> None:
    trained = [example for number in range(1, MOST_ROUNDS + 1) for example in lessons(LIBRARY, number, rehearsal=True)]
    told = {sentence for example in trained for sentence in _sentences(f"{example.prompt} {example.answer}")}
    told |= {sentence for fact in FACTS for sentence in _sentences(fact.statement)}
    held_out = {sentence for fact in FACTS for question in fact.held_out for sentence in _sentences(question)}
    assert len(held_out) >= 3 * len(FACTS)
    assert not held_out & told
    control = {sentence for fact in FACTS for sentence in _sentences(fact.training[0])}
    assert control <= told


def test_no_prompt_of_training_holds_its_answer() -> None:
    for number in range(1, MOST_ROUNDS + 1):
        answers = {fact.id: fact.answer for fact in LIBRARY.rounds[number - 1]}
        for example in lessons(LIBRARY, number, rehearsal=False):
            assert answers[example.memory] not in example.prompt
            assert answers[example.memory] in example.answer


def test_memory_tells_the_fact_and_what_else_there_is_of_its_function() -> None:
    facts = LIBRARY.rounds[0]
    for fact in facts:
        lines = notes_of(fact, facts).splitlines()
        assert len(lines) == 3
        assert fact.statement in lines
        assert fact.answer in fact.statement


def test_rehearsal_is_of_earlier_rounds_and_general_questions_that_the_probe_does_not_ask() -> None:
    first, third = (lessons(LIBRARY, number, rehearsal=True) for number in (1, 3))
    assert {example.kind for example in first} == {"closed-book"}
    old = [example for example in third if example.kind == "rehearsal"]
    assert {example.memory for example in old} == {fact.id for fact in chain(*LIBRARY.rounds[:2])} | {""}
    assert [example for example in third if example.kind != "rehearsal"] == lessons(LIBRARY, 3, rehearsal=False)
    assert not {example.prompt for example in general()} & {item.question for item in probe()}


def _sentences(text: str) -> list[str]:
    return [found.strip() for found in re.split(r"[.?!]\s*|:\s", text) if found.strip()]
