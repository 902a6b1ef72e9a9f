"""A simulation of many runs that are shown memories: which memories the bandit comes to show, and what that is worth.

Every question finds the same twelve memories with the scores that reciprocal rank gives; which of the middle ones come
first changes with the question. A run wins in 40 of 100 cases; with the helpful memory in 70, with the harmful one in
10 (with both, 40). Run as a script it prints the table of docs/memory.md.
"""

import random
from dataclasses import dataclass

from memcoder.memory.bandit import Fared, Tally, choose

RUNS, LAST, SHOWN, MEMORIES = 400, 100, 3, 12
HARMFUL, HELPFUL = 1, 6
"""The harmful one is nearest to every question, the helpful one stands below what is shown."""
CHANCE, SHIFT = 0.4, 0.3
SEEDS = 20


@dataclass(frozen=True)
class Told:
    """Of one simulation: runs that won, and in how many of the last hundred each memory was shown."""

    won: int
    harmful_last: int
    helpful_last: int


def simulate(*, seed: int, learns: bool) -> Told:
    """RUNS runs one after the other; `learns` False is the order that recall has without outcomes."""
    chance = random.Random(seed)
    runs: Tally = (0, 0)
    by_memory: dict[int, Tally] = {}
    harmful, helpful, won_all = 0, 0, 0
    for run in range(RUNS):
        fared = Fared(runs, by_memory) if learns else Fared()
        shown = {number for number, _ in choose(_found(chance), fared, SHOWN, f"question {run}").ranked[:SHOWN]}
        won = chance.random() < CHANCE + SHIFT * (HELPFUL in shown) - SHIFT * (HARMFUL in shown)
        won_all += won
        runs = _with(runs, won)
        by_memory |= {number: _with(by_memory.get(number, (0, 0)), won) for number in shown}
        if run >= RUNS - LAST:
            harmful, helpful = harmful + (HARMFUL in shown), helpful + (HELPFUL in shown)
    return Told(won_all, harmful, helpful)


def _with(tally: Tally, won: bool) -> Tally:
    return (tally[0] + won, tally[1] + (not won))


def _found(chance: random.Random) -> list[tuple[int, float]]:
    """The harmful one first, the helpful one sixth, the rest in an order of this question's own."""
    rest = [number for number in range(1, MEMORIES + 1) if number not in (HARMFUL, HELPFUL)]
    chance.shuffle(rest)
    order = [HARMFUL, *rest]
    order.insert(5, HELPFUL)
    return [(number, 4 / (5 + rank)) for rank, number in enumerate(order, start=1)]


def document() -> str:
    """The table: means over SEEDS seeds."""
    lines = ["| | runs won | harmful memory shown | helpful memory shown |", "|---|---|---|---|"]
    for name, learns in (("without outcomes", False), ("chosen by outcomes", True)):
        told = [simulate(seed=seed, learns=learns) for seed in range(SEEDS)]
        won = sum(one.won for one in told) / (SEEDS * RUNS)
        harmful, helpful = (sum(getattr(one, key) for one in told) / SEEDS for key in ("harmful_last", "helpful_last"))
        lines.append(f"| {name} | {100 * won:.0f} % | {harmful:.0f} of 100 | {helpful:.0f} of 100 |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(document())
