"""A round's curriculum: examples of the new memories, rehearsal of earlier ones and of history, held-out questions."""

import hashlib
import random
from collections.abc import Callable, Sequence

from memcoder.internalize.curriculum.facts import Fact, facts_of
from memcoder.internalize.curriculum.questions import Question, questions_of
from memcoder.internalize.curriculum.wordings import KINDS, asked
from memcoder.internalize.training.example import Example
from memcoder.records import Memory, Record

HISTORY = 60
"""Commits that are rehearsed, or that stand for a random selection, at most an example each relation and wording."""
MOST_QUESTIONS = 200
"""Held-out questions of a round; drawn by the seed where there are more."""

Failed = Callable[[Memory], Sequence[str]]
"""The diffs of failed attempts at what a `fix` memory resolved."""


class Curriculum(Record):
    """What one round teaches and asks."""

    examples: tuple[Example, ...]
    control: tuple[Example, ...]
    """As many new examples, of commits drawn at random: what any training on this project gives."""
    questions: tuple[Question, ...]
    """About the new memories, in wordings that no example has."""
    earlier: tuple[Question, ...] = ()
    """Likewise about those of earlier rounds."""
    memories: tuple[str, ...]
    """Every memory that has an example, but for commits."""

    @property
    def data_sha256(self) -> str:
        """SHA-256 over the examples as JSONL."""
        lines = "".join(one.model_dump_json() + "\n" for one in self.examples)
        return hashlib.sha256(lines.encode()).hexdigest()


def curriculum_of(
    new: Sequence[Memory], old: Sequence[Memory], commits: Sequence[Memory], failed: Failed, seed: int
) -> Curriculum:
    """The curriculum of memories that may be trained on; a function of these alone.

    `old` are those of earlier rounds; `commits` are of history, and only rehearsed.
    """
    new_facts, old_facts = _facts(new, failed), _facts(old, failed)
    chance = random.Random(seed)  # noqa: S311 - a draw that can be repeated, not a secret
    drawn = chance.sample(list(commits), min(2 * HISTORY, len(commits)))
    history = _facts(drawn[::2], lambda memory: ())
    others = _facts(drawn[1::2], lambda memory: ())
    learned = _examples(new_facts)
    rehearsed = [one.model_copy(update={"kind": "rehearsal", "rejected": ""}) for one in _examples(old_facts + history)]
    told = [*new_facts, *old_facts]
    return Curriculum(
        examples=(*learned, *rehearsed),
        control=(*_control(others or history, len(learned), chance), *rehearsed),
        questions=_some(questions_of(new_facts, [*old_facts, *others, *history], seed), chance),
        earlier=_some(questions_of(old_facts, [*new_facts, *others, *history], seed), chance),
        memories=tuple(dict.fromkeys(fact.memory for fact in told)),
    )


def _facts(memories: Sequence[Memory], failed: Failed) -> list[Fact]:
    return [fact for memory in memories for fact in facts_of(memory, failed(memory) if memory.kind == "fix" else ())]


def _examples(facts: Sequence[Fact]) -> list[Example]:
    """An example each wording; one that rejects something is a correction."""
    return [
        Example(
            prompt=prompt,
            answer=fact.answer,
            kind="correction" if fact.rejected else KINDS[fact.relation],
            memory=fact.memory,
            rejected=fact.rejected,
        )
        for fact in facts
        for prompt in asked(fact)
    ]


def _control(facts: Sequence[Fact], count: int, chance: random.Random) -> list[Example]:
    found = _examples(facts)
    chance.shuffle(found)
    return [found[at % len(found)] for at in range(count)] if found else []


def _some(questions: Sequence[Question], chance: random.Random) -> tuple[Question, ...]:
    if len(questions) <= MOST_QUESTIONS:
        return tuple(questions)
    return tuple(questions[at] for at in sorted(chance.sample(range(len(questions)), MOST_QUESTIONS)))
