"""What a memory is worth keeping in weights, and which memories may get there at all.

PEAM (arXiv 2605.27762) names what counts: reuse, saved retrieval, stable success, recurrence and correction
information, less rarity, regression risk and parameter cost. It publishes no formula; this one is ours. Each part is
0 to 1 (success -1 to 1), all have the same weight, and a sum below nothing counts as nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from memcoder.records import Kind, Memory, Record

LEARNED: tuple[Kind, ...] = ("fix", "lesson", "guardrail")
"""Kinds that carry a human's word; commits are only ever rehearsed."""
CORRECTION: dict[Kind, float] = {"guardrail": 1.0, "lesson": 0.75, "fix": 0.5}
"""How much each kind says of what was wrong, and not only of what is right."""
HALF_USED, HALF_SHOWN, HALF_TOUCHED = 2, 5, 5
"""Times at which reuse, saved retrieval and recurrence are worth one half."""
LONG_PATCH = 8_000
"""Characters of a diff that cost as much as a part can."""


class Worth(Record):
    """A memory's worth, and what it is made of."""

    memory: str
    score: float
    reuse: float
    saved: float
    success: float
    recurrence: float
    correction: float
    rarity: float
    risk: float
    cost: float

    @property
    def line(self) -> str:
        """The sum, spelled out."""
        gained = [("reuse", self.reuse), ("saved retrieval", self.saved), ("success", self.success)]
        gained += [("recurrence", self.recurrence), ("correction", self.correction)]
        lost = [("rarity", self.rarity), ("risk", self.risk), ("cost", self.cost)]
        parts = [f"+{value:.2f} {name}" if value >= 0 else f"{value:.2f} {name}" for name, value in gained]
        return f"{self.score:.2f} = " + " ".join(parts + [f"-{value:.2f} {name}" for name, value in lost])


class Touched:
    """How often commits touched a file, and when."""

    def __init__(self, commits: Iterable[Memory]) -> None:
        self._times: dict[str, list[int]] = {}
        for memory in commits:
            if memory.kind == "commit":
                for file in memory.change.files:
                    self._times.setdefault(file.path, []).append(memory.provenance.time)

    def later(self, memory: Memory) -> int:
        """Commits after a memory that touch one of its files, the most touched one counted."""
        return max((sum(at > memory.provenance.time for at in self._of(path)) for path in _paths(memory)), default=0)

    def ever(self, memory: Memory) -> int:
        """Likewise, at any time."""
        return max((len(self._of(path)) for path in _paths(memory)), default=0)

    def _of(self, path: str) -> list[int]:
        return self._times.get(path, [])


def worth_of(memory: Memory, touched: Touched) -> Worth:
    """What a memory is worth, by its own record and by what commits did to its files."""
    use = memory.utility
    decided = use.won + use.lost
    relations = Counter(link.relation for link in memory.links)
    parts = {
        "reuse": _half(use.used, HALF_USED),
        "saved": _half(use.shown, HALF_SHOWN),
        # Laplace's rule of succession, moved so that without outcomes it is 0.
        "success": 2 * (use.won + 1) / (decided + 2) - 1,
        "recurrence": _half(touched.later(memory), HALF_TOUCHED),
        "correction": CORRECTION.get(memory.kind, 0.0),
        "rarity": 1 / (1 + touched.ever(memory)),
        "risk": 1.0 if relations["reverted_by"] else (use.lost / decided if decided else 0.0),
        "cost": min(1.0, len(memory.change.patch or memory.message) / LONG_PATCH),
    }
    gained = parts["reuse"] + parts["saved"] + parts["success"] + parts["recurrence"] + parts["correction"]
    score = max(0.0, gained - parts["rarity"] - parts["risk"] - parts["cost"])
    return Worth(memory=memory.id, score=score, **parts)


def why_not(memory: Memory, superseded: Mapping[str, str], alive: frozenset[str]) -> str:
    """Why a memory may not be trained on; empty where it may.

    A memory whose signature does not hold comes out of the store as quarantined. `superseded` is memory → what
    stands in its place, `alive` the commits that this clone reaches.
    """
    commit = memory.provenance.commit
    reverted = next((link.target for link in memory.links if link.relation == "reverted_by"), "")
    refusals = {
        "it is quarantined, or was edited outside": memory.trust == "quarantined",
        "no human's word stands for it": memory.kind not in LEARNED or memory.trust != "accepted",
        f"it is retired: {memory.retired}": memory.retired is not None,
        f"it is superseded by {superseded.get(memory.id, '')}": memory.id in superseded,
        f"it was reverted by {reverted[:10]}": bool(reverted),
        f"no branch or tag of this clone reaches {(commit or '')[:10]}": commit is not None and commit not in alive,
    }
    return next((reason for reason, holds in refusals.items() if holds), "")


def superseded_by(memories: Iterable[Memory]) -> dict[str, str]:
    """Target → the accepted memory that stands in its place."""
    standing = [one for one in memories if one.trust == "accepted" and one.retired is None]
    return {link.target: one.id for one in standing for link in one.links if link.relation == "supersedes"}


def _half(count: int, at: int) -> float:
    return count / (count + at)


def _paths(memory: Memory) -> set[str]:
    return {file.path for file in memory.change.files}
