"""The document of `memcoder eval closed-book`."""

from collections.abc import Sequence
from typing import Any

from memcoder_eval.closed_book.library import Library
from memcoder_eval.closed_book.plan import ADAPTER, BASE, PROBE, TRAINED, Examination, asked, of
from memcoder_eval.closed_book.scores import (
    GAIN,
    Hits,
    all_hits,
    forgetting,
    interval,
    mean,
    score,
    targets,
)

QUESTIONS_A_FACT = 3


def document(
    rows: Sequence[dict[str, Any]], arms: Sequence[str], library: Library, model: str, seed: int
) -> dict[str, Any]:
    """What the rows come to. `base`, `open_book`, `adapter` and `forgetting` are None where their arm was left out."""
    hits: Hits = {Examination(row["model"], row["after"], row["what"]): row["hits"] for row in rows}
    rounds = len(library.rounds)
    found: dict[str, float | None] = dict.fromkeys(("base", "open_book", "adapter", "forgetting"))
    found |= {arm: round(score(hits, arm, rounds), 4) for arm in arms if arm in found}
    if ADAPTER in arms and (lost := forgetting(hits, ADAPTER, rounds)) is not None:
        found["forgetting"] = round(lost, 4)
    return {
        "command": "closed-book",
        "seed": seed,
        "model": model,
        "package": library.package,
        "arms": [_arm(hits, arm, rounds, seed) for arm in arms],
        **found,
        "targets": targets(found, rounds),
        "rounds": [_round(hits, arms, library, number) for number in range(1, rounds + 1)],
    }


def _arm(hits: Hits, arm: str, rounds: int, seed: int) -> dict[str, Any]:
    right = all_hits(hits, arm, rounds)
    told: dict[str, Any] = {
        "name": arm,
        "total": len(right),
        "score": round(mean(right), 4),
        "interval": interval(right, QUESTIONS_A_FACT, seed),
    }
    if arm == BASE:
        told["probe"] = round(mean(hits[of(arm, 0, PROBE)]), 4)
    if arm in TRAINED:
        told |= _lasting(hits, arm, rounds)
    return told


def _lasting(hits: Hits, arm: str, rounds: int) -> dict[str, Any]:
    """What became of the first round: each figure as [after the first round, after the last]."""
    lost = forgetting(hits, arm, rounds)
    kept = {
        name: [round(mean(hits[of(arm, after, what)]), 4) for after in (1, rounds)]
        for name, what in (("first_round", asked(1)), ("probe", PROBE))
    }
    base = hits.get(of(BASE, 0, asked(1)))
    # Who never learned cannot forget: without a gain in the first round the figure says nothing.
    valid = None if base is None else kept["first_round"][0] >= mean(base) + GAIN
    return {"forgetting": None if lost is None else round(lost, 4), "valid": valid, **kept}


def _round(hits: Hits, arms: Sequence[str], library: Library, number: int) -> dict[str, Any]:
    """A round's questions: by each arm at the end, and by trained arms right after that round (`learned`)."""
    what, rounds = asked(number), len(library.rounds)
    trained = [arm for arm in arms if arm in TRAINED]
    return {
        "round": number,
        "facts": len(library.rounds[number - 1]),
        **{arm: round(mean(hits[of(arm, rounds, what)]), 4) for arm in arms},
        "learned": {arm: round(mean(hits[of(arm, number, what)]), 4) for arm in trained},
    }
