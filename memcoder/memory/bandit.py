"""Choosing with what is known of outcomes which of the memories found are shown: a Beta-Bernoulli bandit.

Several memories are shown together, and each gets the run's outcome; so a memory's rate alone says little (beside one
that misleads, all lose). What counts is the contrast: the posterior mean of the runs that were shown it against that of
the runs that were not. Its score is multiplied by it, by 2 at most, since a memory that does not fit the question helps
nobody. Where nothing was decided, nothing changes.

What is never shown, or always, has no contrast: so in one of ten recalls a memory from further down, drawn by Thompson
sampling (Thompson, Biometrika 1933), takes the place of one of those shown. The draw is seeded by the question and by
what is known, so that equal questions get equal answers.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from memcoder.records import Evidence

STRENGTH = 4.0
"""Outcomes that the prior, the rate of all runs, counts as."""
ROOM = 0.1
"""Added to both means that are compared: where hardly any run wins, a win more or less must not decide."""
GAIN = 2.0
"""What a score is multiplied by at most."""
EXPLORED = 0.1
"""Share of the recalls in which a memory from further down is tried."""
PLACES = 3
"""It is tried in one of these places: as many as prompts show."""

Tally = tuple[int, int]
"""Runs that won, and runs that lost."""
Ranked = list[tuple[int, float]]
"""(memory number, score), best first."""


@dataclass(frozen=True)
class Fared:
    """What is known of outcomes: of all decided runs together, and of those that were shown each memory, by number."""

    runs: Tally = (0, 0)
    by_memory: Mapping[int, Tally] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Share of the decided runs that won."""
        return self.runs[0] / max(sum(self.runs), 1)

    def of(self, number: int) -> Tally:
        """The runs that were shown a memory."""
        return self.by_memory.get(number, (0, 0))

    def gain(self, number: int) -> float:
        """How runs that were shown a memory fared against those that were not; 1 where nothing is known of it."""
        won, lost = self.of(number)
        shown = self._posterior(won, lost)
        others = self._posterior(self.runs[0] - won, self.runs[1] - lost)
        return min(GAIN, (shown + ROOM) / (others + ROOM))

    def _posterior(self, won: int, lost: int) -> float:
        return (self.rate * STRENGTH + won) / (STRENGTH + won + lost)


@dataclass(frozen=True)
class Choice:
    """Memories in the order in which they are to be shown, and why one stands where it does."""

    ranked: Ranked
    said: Mapping[int, tuple[Evidence, ...]] = field(default_factory=dict)


def choose(found: Ranked, fared: Fared, most: int, question: str) -> Choice:
    """The order of what was found, `most` of which are shown.

    `question` is all that the draw may depend on beside what is known. Without outcomes the order stays as it is.
    """
    if not any(fared.runs):
        return Choice(found)
    weighed = [(number, score * (fared.gain(number) if number in fared.by_memory else 1.0)) for number, score in found]
    ranked = sorted(weighed, key=lambda pair: -pair[1])
    said = {number: (_told(number, fared),) for number, _ in ranked if number in fared.by_memory}
    draw = random.Random(_seed(fared, question))  # noqa: S311 - a sample, no secret
    if most > 1 and len(ranked) > most and draw.random() < EXPLORED:
        tried = _drawn(ranked[most:], fared, draw)
        at, place = [number for number, _ in ranked].index(tried), draw.randrange(min(PLACES, most))
        ranked[place], ranked[at] = ranked[at], ranked[place]
        detail = "tried in one of ten recalls, to learn how it fares"
        said[tried] = (*said.get(tried, ()), Evidence(ranker="explored", score=EXPLORED, detail=detail))
    return Choice(ranked, said)


def _drawn(below: Ranked, fared: Fared, draw: random.Random) -> int:
    """The memory whose relevance times a chance drawn from its posterior is highest."""
    prior = (fared.runs[0] + 1) / (sum(fared.runs) + 2)  # a Beta distribution has no room for 0 and 1
    chances = []
    for number, score in below:
        won, lost = fared.of(number)
        chance = draw.betavariate(prior * STRENGTH + won, (1 - prior) * STRENGTH + lost)
        chances.append((chance * score, number))
    return max(chances)[1]


def _seed(fared: Fared, question: str) -> bytes:
    return hashlib.sha256(f"{question}\0{fared.runs}\0{sorted(fared.by_memory.items())}".encode()).digest()


def _told(number: int, fared: Fared) -> Evidence:
    won, lost = fared.of(number)
    others_won, others = fared.runs[0] - won, sum(fared.runs) - won - lost
    detail = f"{won} of {won + lost} runs that were shown it won, {others_won} of {others} of the others"
    return Evidence(ranker="utility", score=round(fared.gain(number), 4), detail=detail)
