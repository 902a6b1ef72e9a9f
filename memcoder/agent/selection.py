"""Which of several candidates is handed over: by evidence, then by fit, then by size. A test outweighs all else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memcoder.agent.outcome import Outcome
from memcoder.runs.page import diff_lines

STATUSES = ("verified", "unverified", "failed")


@dataclass(frozen=True)
class Candidate:
    """What one independent attempt came to."""

    number: int
    """From 1."""
    outcome: Outcome


def choose(candidates: Sequence[Candidate]) -> tuple[Candidate, str]:
    """The best candidate, the first of equals, and why it is this one. There must be one."""
    left = list(candidates)
    why = ""
    for worth, reason in CRITERIA:
        best = max(worth(one.outcome) for one in left)
        kept = [one for one in left if worth(one.outcome) == best]
        if len(kept) < len(left):
            why = reason(kept[0].outcome, max(worth(one.outcome) for one in left if one not in kept))
        left = kept
        if len(left) == 1:
            break
    if len(left) > 1:
        equals = ", ".join(str(one.number) for one in left[1:])
        why = (f"{why}; " if why else "") + f"as good as {equals}, and earlier"
    return left[0], why


def _changed_lines(outcome: Outcome) -> int:
    return sum(kind in ("add", "del") for kind, _ in diff_lines(outcome.patch.diff))


def _status(outcome: Outcome) -> float:
    return -STATUSES.index(outcome.verdict.status)


def _written(outcome: Outcome) -> float:
    return not outcome.patch.empty


def _tests(outcome: Outcome) -> float:
    """Tests fixed, less tests broken."""
    change = outcome.verdict.comparison
    return len(change.fixed) - len(change.broken)


def _fit(outcome: Outcome) -> float:
    """The score; nobody looked: 0."""
    return outcome.verdict.fit.score if outcome.verdict.fit else 0.0


def _small(outcome: Outcome) -> float:
    return -_changed_lines(outcome)


CRITERIA: tuple[tuple[Callable[[Outcome], float], Callable[[Outcome, float], str]], ...] = (
    (_written, lambda chosen, _: "others found no patch"),
    (_status, lambda chosen, other: f"{chosen.verdict.status}, others {STATUSES[-int(other)]}"),
    (_tests, lambda chosen, other: f"{_tests(chosen):+.0f} tests fixed less broken, others {other:+.0f}"),
    (_fit, lambda chosen, other: f"fit {_fit(chosen):.2f}, others {other:.2f} at best"),
    (_small, lambda chosen, other: f"{-_small(chosen):.0f} lines changed, others {-other:.0f} at least"),
)
"""What counts, in order, and the words for it: of the chosen one, and of the best of those that it beat."""
