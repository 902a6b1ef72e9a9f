"""One arm's answer, measured: where the gold stands, and what of it fits into a budget of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memcoder import Place, pack
from memcoder_eval.localize.functions import Sized, Sources
from memcoder_eval.localize.gold import Gold

BUDGETS = (2_000, 4_000, 8_000)
"""Tokens of source, counted by memcoder's own rule (`count_tokens`)."""
KEPT_FILES, KEPT_FUNCTIONS = 20, 40


@dataclass(frozen=True)
class Ranked:
    """A function of a file with the score of the place that stands for it."""

    path: str
    function: Sized
    score: float

    @property
    def key(self) -> tuple[str, str]:
        """What a function is known by: its file and its name."""
        return self.path, self.function.name


def score(
    files: Sequence[Place], symbols: Sequence[Place], gold: Gold, sources: Sources, commit: str
) -> dict[str, Any]:
    """The row of one arm: its best files and functions, the ranks of the gold (None: not there), the budgets."""
    paths = list(dict.fromkeys(place.path for place in files))
    ranked = ranked_functions(symbols, sources, commit)
    names = [one.key for one in ranked]
    return {
        "files": paths[:KEPT_FILES],
        "functions": names[:KEPT_FUNCTIONS],
        "file_ranks": [_rank(paths, path) for path in gold.files],
        "function_ranks": [_rank(names, name) for name in gold.functions],
        "budget": {
            kind: {str(budget): set(gold.functions) <= shown(ranked, budget, kind) for budget in BUDGETS}
            for kind in ("plain", "full")
        },
    }


def ranked_functions(places: Sequence[Place], sources: Sources, commit: str) -> list[Ranked]:
    """The outermost functions that places lie in, in order, each once; classes and modules are passed over."""
    found: dict[tuple[str, str], Ranked] = {}
    for place in places:
        one = sources.at(commit, place.path, place.start) if place.symbol else None
        if one is not None:
            ranked = Ranked(place.path, one, place.score)
            found.setdefault(ranked.key, ranked)
    return list(found.values())


def shown(ranked: Sequence[Ranked], budget: int, kind: str) -> set[tuple[str, str]]:
    """What a reader with a budget sees, as memcoder packs it; `kind` is `plain` (docstrings removed) or `full`."""
    sizes = [one.function.plain if kind == "plain" else one.function.full for one in ranked]
    return {ranked[at].key for at in pack([one.score for one in ranked], sizes, budget)}


def _rank(ranked: Sequence[Any], item: Any) -> int | None:
    return ranked.index(item) + 1 if item in ranked else None
