"""Held-out questions: a right answer among wrong ones of the same kind, drawn from other memories."""

import hashlib
import random
from collections.abc import Iterable, Sequence

from memcoder.internalize.curriculum.facts import Fact
from memcoder.internalize.curriculum.wordings import asked
from memcoder.records import Record

WRONG = 7
"""Distractors of a question, where there are as many."""


class Question(Record):
    """What the gate asks. A model has it right where the right answer is the likeliest."""

    prompt: str
    answer: str
    wrong: tuple[str, ...]
    memory: str = ""

    @property
    def key(self) -> str:
        """Tells it from every other."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:24]


def questions_of(facts: Sequence[Fact], others: Iterable[Fact], seed: int) -> tuple[Question, ...]:
    """One question a held-out wording of each fact; distractors come from the other facts, then from `others`.

    What is right for the same memory is no distractor. Facts without any are not asked about.
    """
    facts = [fact for at, fact in enumerate(facts) if _first(fact, facts[:at])]
    first, second = _answers(facts), _answers(others)
    found = []
    for fact in facts:
        own = {one.answer for one in facts if one.memory == fact.memory} | {fact.answer}
        mark = hashlib.sha256(f"{seed} {fact.model_dump_json()}".encode()).digest()
        chance = random.Random(mark)  # noqa: S311 - a draw that can be repeated, not a secret
        wrong = _drawn(first.get(fact.relation, ()), own, chance)
        wrong += _drawn(second.get(fact.relation, ()), own | set(wrong), chance)
        if wrong:
            for prompt in asked(fact, held_out=True):
                found.append(
                    Question(prompt=prompt, answer=fact.answer, wrong=tuple(wrong[:WRONG]), memory=fact.memory)
                )
    return tuple(found)


def _first(fact: Fact, before: Sequence[Fact]) -> bool:
    """Whether the same question was not asked before: facts may differ in what they reject alone."""
    mark = (fact.relation, fact.issue, fact.about)
    return all((one.relation, one.issue, one.about) != mark for one in before)


def _answers(facts: Iterable[Fact]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for fact in facts:
        if asked(fact):  # an answer that is never taught would be told from the others by that alone
            found.setdefault(fact.relation, {})[fact.answer] = None
    return {relation: tuple(answers) for relation, answers in found.items()}


def _drawn(answers: Sequence[str], taken: set[str], chance: random.Random) -> list[str]:
    free = [one for one in answers if one not in taken]
    return chance.sample(free, min(WRONG, len(free)))
