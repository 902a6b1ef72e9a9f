"""One arm's answer, measured: where the gold stands, and what of it fits into a budget of tokens."""

from collections.abc import Sequence
from typing import Any

from memcoder import Place
from memcoder_eval.localize.functions import Sized, Sources
from memcoder_eval.localize.gold import Gold

BUDGETS = (2_000, 4_000, 8_000)
"""Tokens of source, counted by memcoder's own rule (`count_tokens`)."""
KEPT_FILES, KEPT_FUNCTIONS = 20, 40
Named = tuple[str, Sized]
"""A path and a function of it."""


def score(
    files: Sequence[Place], symbols: Sequence[Place], gold: Gold, sources: Sources, commit: str
) -> dict[str, Any]:
    """The row of one arm: its best files and functions, the ranks of the gold (None: not there), the budgets."""
    paths = list(dict.fromkeys(place.path for place in files))
    ranked = ranked_functions(symbols, sources, commit)
    names = [(path, one.name) for path, one in ranked]
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


def ranked_functions(places: Sequence[Place], sources: Sources, commit: str) -> list[Named]:
    """The outermost functions that places lie in, in order, each once; classes and modules are passed over."""
    found: dict[tuple[str, str], Named] = {}
    for place in places:
        one = sources.at(commit, place.path, place.start) if place.symbol else None
        if one is not None:
            found.setdefault((place.path, one.name), (place.path, one))
    return list(found.values())


def shown(ranked: Sequence[Named], budget: int, kind: str) -> set[tuple[str, str]]:
    """What a reader with a budget sees: functions in order until it is full; one that does not fit is passed over.

    `kind` is `plain` (docstrings removed) or `full`.
    """
    seen, left = set(), budget
    for path, one in ranked:
        size = one.plain if kind == "plain" else one.full
        if size <= left:
            seen.add((path, one.name))
            left -= size
    return seen


def _rank(ranked: Sequence[Any], item: Any) -> int | None:
    return ranked.index(item) + 1 if item in ranked else None
