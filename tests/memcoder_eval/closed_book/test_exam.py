"""What counts as known."""

from collections.abc import Sequence

import pytest
from memcoder_eval.closed_book import exam
from memcoder_eval.closed_book.exam import ask_facts, ask_probe
from memcoder_eval.closed_book.library import make_library

from memcoder import probe

FACTS = make_library(0, 1).rounds[0]
KNOWN = {question: fact.reply.format(answer=fact.answer) for fact in FACTS[:5] for question in fact.held_out}


class Reader:
    """Holds likely what stands in the prompt, once for each time."""

    def likelihood(self, prompt: str, answers: Sequence[str]) -> list[float]:
        words = prompt.replace(".", " ").split()
        return [float(words.count(answer.rstrip(".").split()[-1])) for answer in answers]


class Knower:
    """Knows five facts, and for the rest holds everything equally likely."""

    def likelihood(self, prompt: str, answers: Sequence[str]) -> list[float]:
        return [1.0 if answer == KNOWN.get(prompt) else 0.0 for answer in answers]


class Liker:
    """Holds one name likelier than all others, whatever is asked."""

    def likelihood(self, prompt: str, answers: Sequence[str]) -> list[float]:
        return [1.0 if answer.endswith(f" {FACTS[0].answer}.") else 0.0 for answer in answers]


def test_what_is_known_is_right_and_what_is_no_likelier_than_others_is_wrong() -> None:
    assert ask_facts(Knower(), FACTS, open_book=False) == [True] * 15 + [False] * (3 * len(FACTS) - 15)


def test_a_favourite_is_right_of_one_fact_only() -> None:
    assert sum(ask_facts(Liker(), FACTS, open_book=False)) == 3


def test_only_the_open_book_has_the_answer_in_its_prompt() -> None:
    assert not any(ask_facts(Reader(), FACTS, open_book=False))
    assert any(ask_facts(Reader(), FACTS, open_book=True))


def test_an_item_of_the_probe_is_right_where_its_right_answer_is_likeliest(monkeypatch: pytest.MonkeyPatch) -> None:
    items = probe()[:6]
    monkeypatch.setattr(exam, "probe", lambda: items)

    class Half:
        """Right on every other item."""

        def likelihood(self, prompt: str, answers: Sequence[str]) -> list[float]:
            at = [item.question for item in items].index(prompt)
            best = (items[at].right + at % 2) % 4
            return [1.0 if place == best else 0.0 for place in range(4)]

    assert ask_probe(Half()) == [True, False] * 3
