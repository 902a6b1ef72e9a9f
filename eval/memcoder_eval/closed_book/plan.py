"""Which examinations an arm needs."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

BASE, OPEN_BOOK, ADAPTER, NO_REHEARSAL = "base", "open_book", "adapter", "adapter-no-rehearsal"
ARMS = (BASE, OPEN_BOOK, ADAPTER, NO_REHEARSAL)
TRAINED = (ADAPTER, NO_REHEARSAL)
FIRST = "first"
"""What both trained arms are after one round: it had nothing to rehearse."""
PROBE = "probe"


class Examination(NamedTuple):
    """Who is asked what."""

    model: str
    after: int
    """Rounds of training that the model had; 0 for the base."""
    what: str


def asked(number: int) -> str:
    """The held-out questions of a round, counted from 1."""
    return f"round {number}"


def of(arm: str, after: int, what: str) -> Examination:
    """The examination of an arm after so many rounds; of arms that are not trained, of the arm as it is."""
    if arm not in TRAINED:
        return Examination(arm, 0, what)
    return Examination(FIRST if after == 1 else arm, after, what)


def examinations(arms: Sequence[str], rounds: int) -> list[Examination]:
    """In the order in which they are done, each once."""
    return list(dict.fromkeys(of(arm, after, what) for arm in arms for after, what in _wanted(arm, rounds)))


def _wanted(arm: str, rounds: int) -> Iterator[tuple[int, str]]:
    """The base is asked about every round, and the probe; a trained arm after each round what that was about, after the
    first one the probe too, and at the end everything.
    """
    every = [asked(number) for number in range(1, rounds + 1)]
    if arm not in TRAINED:
        yield from ((0, what) for what in [*every, *([PROBE] if arm == BASE else [])])
        return
    for after in range(1, rounds):
        yield after, asked(after)
        if after == 1:
            yield after, PROBE
    yield from ((rounds, what) for what in [*every, PROBE])
