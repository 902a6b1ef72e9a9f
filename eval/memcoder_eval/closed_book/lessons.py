"""What an adapter of a round is trained on: the round's facts without any text beside them, and older material."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from memcoder import Example, Training
from memcoder_eval.closed_book.library import Fact, Library

LEARNING_RATE = 1e-3
EPOCHS = 8
BATCH = 8
THREADS = 2


def settings(seed: int) -> Training:
    """How every round of every arm is trained."""
    return Training(seed=seed, learning_rate=LEARNING_RATE, epochs=EPOCHS, batch=BATCH, threads=THREADS)


def lessons(library: Library, number: int, *, rehearsal: bool) -> list[Example]:
    """Examples of a round, counted from 1: closed-book, which is to say that no prompt holds what the answer is.

    With `rehearsal` also what may be drawn for it: all earlier rounds, and general questions (general.jsonl) that are
    no items of the frozen probe. The first round has nothing to rehearse, so that all arms share it.
    """
    new = _closed_book(library.rounds[number - 1])
    if not rehearsal or number == 1:
        return new
    earlier = [one for facts in library.rounds[: number - 1] for one in _closed_book(facts)]
    return new + [one.model_copy(update={"kind": "rehearsal"}) for one in earlier] + list(general())


@cache
def general() -> tuple[Example, ...]:
    """General questions on programming with their answers."""
    text = (files(__package__) / "general.jsonl").read_text(encoding="utf-8")
    return tuple(Example(kind="rehearsal", **json.loads(line)) for line in text.splitlines())


def _closed_book(facts: Sequence[Fact]) -> list[Example]:
    return [
        Example(prompt=question, answer=fact.reply.format(answer=fact.answer), kind="closed-book", memory=fact.id)
        for fact in facts
        for question in fact.training
    ]
