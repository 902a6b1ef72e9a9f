"""The gate's rule: what a candidate must win, and what it may have forgotten.

Exact match on what was trained is no evidence: it also passes a model that learned its examples by heart and forgot
the rest. So only held-out wordings count, against the base and against an adapter trained as long on a random
selection of the same history, and what was known before is asked again.
"""

from collections.abc import Sequence
from math import comb

from memcoder.records import Record

MARGIN = 0.1
"""Share of the held-out questions that a candidate must win over each rival."""
CHANCE = 0.05
"""Such wins must be chance less often than this (one-sided sign test on the questions where the two differ)."""
FORGETTING = 0.02
"""Share of what was known that may be lost."""

Marks = tuple[bool, ...]


class Measured(Record):
    """Which questions each model had right."""

    candidate: Marks
    base: Marks
    control: Marks
    earlier_before: Marks = ()
    """Questions of earlier rounds, by the adapter that is promoted now."""
    earlier_after: Marks = ()
    probe_before: Marks = ()
    """The frozen general probe, by the base."""
    probe_after: Marks = ()


class Judgement(Record):
    """The gate's word."""

    accepted: bool
    reasons: tuple[str, ...]
    scores: dict[str, float]


def decide(measured: Measured, complaints: Sequence[str] = (), forgetting: float = FORGETTING) -> Judgement:
    """The judgement on a candidate. `complaints` are about its curriculum, and refuse it whatever it knows."""
    forgot = {
        "questions of earlier rounds": _drop(measured.earlier_before, measured.earlier_after),
        "the general probe": _drop(measured.probe_before, measured.probe_after),
    }
    scores = {
        "base": share(measured.base),
        "control": share(measured.control),
        "candidate": share(measured.candidate),
        "forgetting": max(0.0, *forgot.values()),
    }
    if measured.probe_before:
        scores |= {"probe_base": share(measured.probe_before), "probe_candidate": share(measured.probe_after)}
    if measured.earlier_before:
        scores |= {"earlier_parent": share(measured.earlier_before), "earlier": share(measured.earlier_after)}
    lost = [_rival(name, measured.candidate, marks) for name, marks in _rivals(measured).items()]
    against = [*complaints, *filter(None, lost)]
    learned = not any(lost)
    for what, drop in forgot.items():
        if drop > forgetting:
            how = "memorised, and forgot" if learned else "forgot"
            against.append(f"it {how} {drop:.3f} of {what}, where {forgetting:.3f} is allowed")
    if against:
        return Judgement(accepted=False, reasons=tuple(against), scores=scores)
    won = (
        f"{scores['candidate']:.2f} of {len(measured.candidate)} held-out questions, the base {scores['base']:.2f}, "
        f"a random selection {scores['control']:.2f}; forgot {scores['forgetting']:.3f}"
    )
    return Judgement(accepted=True, reasons=(won,), scores=scores)


def share(marks: Marks) -> float:
    """Share that is right; 0 of none."""
    return sum(marks) / len(marks) if marks else 0.0


def sign_test(won: int, lost: int) -> float:
    """How often chance alone wins so many or more, where each is as likely as the other."""
    count = won + lost
    return sum(comb(count, at) for at in range(won, count + 1)) * 0.5**count


def _rivals(measured: Measured) -> dict[str, Marks]:
    return {"the base": measured.base, "a random selection": measured.control}


def _rival(name: str, candidate: Marks, rival: Marks) -> str:
    """Why the candidate does not beat a rival; empty where it does."""
    if not candidate:
        return f"no held-out question could be asked to tell it from {name}"
    won = sum(mine and not theirs for mine, theirs in zip(candidate, rival, strict=True))
    lost = sum(theirs and not mine for mine, theirs in zip(candidate, rival, strict=True))
    gain, chance = share(candidate) - share(rival), sign_test(won, lost)
    if gain >= MARGIN and chance <= CHANCE:
        return ""
    return (
        f"on held-out questions it has {share(candidate):.2f}, {name} {share(rival):.2f} "
        f"(won {won}, lost {lost}; by chance {chance:.2f}): {MARGIN:.2f} more are wanted"
    )


def _drop(before: Marks, after: Marks) -> float:
    return round(share(before) - share(after), 9)  # so that 1 - 0.98 is no more than 0.02
