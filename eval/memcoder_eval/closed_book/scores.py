"""Scores of the arms, what later rounds cost the first one, and whether the targets are met."""

from collections.abc import Iterable, Mapping, Sequence

from memcoder_eval.closed_book.plan import PROBE, Examination, asked, of
from memcoder_eval.statistics import mean_difference

Hits = Mapping[Examination, Sequence[bool]]
"""Right or wrong, a question each."""
OPEN_BOOK_FLOOR, BASE_MOST, GAIN, FORGETTING_MOST = 0.60, 0.05, 0.20, 0.01
ROUNDS_OF_FORGETTING = 5


def mean(hits: Iterable[bool]) -> float:
    """Share of what is right, 0 to 1."""
    counted = list(hits)
    return sum(counted) / len(counted)


def score(hits: Hits, arm: str, rounds: int) -> float:
    """Share of all rounds' held-out questions that an arm answers rightly at the end."""
    return mean(all_hits(hits, arm, rounds))


def all_hits(hits: Hits, arm: str, rounds: int) -> list[bool]:
    """The questions of all rounds, by the arm's last model."""
    return [one for number in range(1, rounds + 1) for one in hits[of(arm, rounds, asked(number))]]


def forgetting(hits: Hits, arm: str, rounds: int) -> float | None:
    """The larger of two drops, from the model after the first round to the one after the last: on the first round's
    questions, and on the frozen general probe. 0 where neither fell; None after a single round.
    """
    if rounds == 1:
        return None
    drops = (mean(hits[of(arm, 1, what)]) - mean(hits[of(arm, rounds, what)]) for what in (asked(1), PROBE))
    return max(0.0, *drops)


def interval(hits: Sequence[bool], each: int, seed: int) -> list[float]:
    """95 % bootstrap interval of a share, facts resampled: the `each` questions on one fact are not independent."""
    facts = [mean(hits[at : at + each]) for at in range(0, len(hits), each)]
    low, high = mean_difference(facts, [0.0] * len(facts), seed)["interval"]
    return [round(low, 4), round(high, 4)]


def targets(found: Mapping[str, float | None], rounds: int) -> dict[str, bool | None]:
    """Which targets are met; None where it cannot be said by this run."""
    base, book, adapter = found.get("base"), found.get("open_book"), found.get("adapter")
    learned = None
    if base is not None and book is not None and adapter is not None:
        learned = adapter >= book / 2 and adapter >= base + GAIN
    lost = found.get("forgetting")
    return {
        "open_book": None if book is None else book >= OPEN_BOOK_FLOOR,
        "base": None if base is None else base <= BASE_MOST,
        "adapter": learned,
        "forgetting": None if lost is None or rounds < ROUNDS_OF_FORGETTING else lost <= FORGETTING_MOST,
    }
