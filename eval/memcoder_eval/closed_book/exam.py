"""The examination: questions about facts, and items of the frozen probe, both told by what a model holds likely."""

from collections.abc import Sequence
from typing import Protocol

from memcoder import probe
from memcoder_eval.closed_book.library import Fact, notes_of


class Examined(Protocol):
    """A model under examination, as `memcoder.Judge`."""

    def likelihood(self, prompt: str, answers: Sequence[str]) -> list[float]: ...


def ask_facts(model: Examined, facts: tuple[Fact, ...], *, open_book: bool) -> list[bool]:
    """Of which held-out questions the right answer is likelier than each other candidate: of each fact one after
    the other.

    `open_book` puts what memory holds of the function before the question.
    """
    hits = []
    for fact in facts:
        answers = [fact.reply.format(answer=one) for one in (fact.answer, *fact.others)]
        notes = f"{notes_of(fact, facts)}\n\n" if open_book else ""
        for question in fact.held_out:
            right, *wrong = model.likelihood(notes + question, answers)
            hits.append(right > max(wrong))
    return hits


def ask_probe(model: Examined) -> list[bool]:
    """Of which items of the frozen probe the right answer is the likeliest."""
    hits = []
    for item in probe():
        scores = model.likelihood(item.question, item.answers)
        hits.append(max(range(len(scores)), key=scores.__getitem__) == item.right)
    return hits
