"""A library that no model has seen: what real functions do, under random names (in the manner of SE-Bench).

What the functions do, take and raise is Python's standard library; every name is drawn by the seed, and looks alike
whatever it is the name of. A model can therefore understand a fact, and neither know it nor guess it by its form.
"""

import random
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from memcoder import UsageError
from memcoder_eval.closed_book.names import Names
from memcoder_eval.closed_book.wordings import WORDINGS, Kind

FUNCTIONS_A_ROUND = 7
MOST_ROUNDS = 5
STRANGERS = 20
"""Candidates that no fact of the library has, so that guessing gives a fortieth."""


class Fact(NamedTuple):
    """One thing that is true of the library."""

    id: str
    kind: Kind
    function: str
    """The name, in the library, of the function that it is about."""
    statement: str
    """The fact in a sentence, as a memory tells it."""
    training: tuple[str, ...]
    """Questions that are trained on."""
    held_out: tuple[str, ...]
    """Questions that are asked in the examination only."""
    answer: str
    reply: str
    """How an answer names it; `{answer}` is where the name stands."""
    others: tuple[str, ...]
    """What else it might be: the answers of the round's other facts, and strangers, which no fact has."""


class Library(NamedTuple):
    """A package of random names, and what there is to know of it, round by round."""

    package: str
    rounds: tuple[tuple[Fact, ...], ...]


def make_library(seed: int, rounds: int) -> Library:
    """Three facts on each of seven functions a round; a round's facts are the same however many rounds are made.

    Raises UsageError outside of 1 to 5 rounds.
    """
    if not 1 <= rounds <= MOST_ROUNDS:
        raise UsageError(f"{rounds} rounds cannot be made", f"--rounds 1 to {MOST_ROUNDS}")
    chance = random.Random(seed)  # noqa: S311 - names, not secrets
    names = Names(chance)
    package = names.word()
    functions = chance.sample(_functions(), FUNCTIONS_A_ROUND * MOST_ROUNDS)
    made = []
    for at in range(rounds):
        own = functions[FUNCTIONS_A_ROUND * at : FUNCTIONS_A_ROUND * (at + 1)]
        drafts = [draft for function in own for draft in _drafts(function, package, names)]
        candidates = [*(draft["answer"] for draft in drafts), *(names.word() for _ in range(STRANGERS))]
        made.append(tuple(_fact(draft, candidates) for draft in drafts))
    return Library(package, tuple(made))


def notes_of(fact: Fact, facts: tuple[Fact, ...]) -> str:
    """What memory holds of the fact's function: all statements on it, a line each."""
    return "\n".join(one.statement for one in facts if one.function == fact.function)


def _drafts(function: list[str], package: str, names: Names) -> list[dict[str, Any]]:
    """The three facts on a function: its name, its parameter, and a third one."""
    real, purpose, takes, third, about = function
    called = names.word()
    common = {"real": real, "package": package, "function": called, "purpose": purpose}
    return [
        {**common, "kind": "name", "answer": called, "about": ""},
        {**common, "kind": "parameter", "answer": names.word(), "about": takes},
        {**common, "kind": third, "answer": names.word(), "about": about},
    ]


def _fact(draft: dict[str, Any], candidates: list[str]) -> Fact:
    kind: Kind = draft["kind"]
    wording = WORDINGS[kind]
    given = {draft["answer"], draft["function"]}  # the function's name stands in most questions
    return Fact(
        id=f"{draft['real']}/{kind}",
        kind=kind,
        function=draft["function"],
        statement=wording.statement.format_map(draft),
        training=tuple(one.format_map(draft) for one in wording.training),
        held_out=tuple(one.format_map(draft) for one in wording.held_out),
        answer=draft["answer"],
        reply=wording.reply,
        others=tuple(one for one in candidates if one not in given),
    )


@cache
def _functions() -> list[list[str]]:
    text = (files(__package__) / "functions.txt").read_text(encoding="utf-8")
    return [line.split("|") for line in text.splitlines() if not line.startswith("#")]
