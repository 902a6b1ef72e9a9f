"""When a consolidation is due, and of what: said line by line, so that nobody has to guess.

The trigger is scale-free: not a count of memories, but their worth beside the worth of what the last adapter holds.
"""

from collections.abc import Callable, Mapping, Sequence

from memcoder.internalize.curriculum.areas import areas
from memcoder.internalize.worth import LEARNED, Touched, Worth, superseded_by, why_not, worth_of
from memcoder.records import Adapter, Memory, Record

SHARE = 0.5
"""New worth that makes a consolidation due, as a share of the worth that the last adapter holds."""
FIXES = 5
"""Accepted fixes, in no adapter yet, that it takes at least."""


class Weighed(Record):
    """A memory that may be trained on, and its worth."""

    memory: Memory
    worth: Worth


class Plan(Record):
    """What a consolidation of one area would be made of."""

    area: str
    due: bool
    lines: tuple[str, ...]
    """Why it is due, or not."""
    new: tuple[Weighed, ...]
    """In no promoted adapter, worth something, the worthiest first."""
    old: tuple[Weighed, ...]
    """In the promoted one."""
    parent: Adapter | None
    """The promoted adapter that training goes on from; None: from the base."""

    @property
    def memories(self) -> tuple[Memory, ...]:
        """All of them."""
        return tuple(one.memory for one in (*self.new, *self.old))


class Survey(Record):
    """What a store holds for a consolidation."""

    plans: tuple[Plan, ...]
    refused: dict[str, str]
    """Memory of a kind that is learned → why it may not be trained on."""


def survey(
    memories: Sequence[Memory],
    alive: frozenset[str],
    adapters: Sequence[Adapter],
    promoted: Mapping[str, Adapter],
    base_sha256: Callable[[], str],
) -> Survey:
    """A plan for each area. `memories` is the whole store, `alive` the commits that the clone reaches.

    The base's hash is only asked for where there is a promoted adapter to go on from.

    `adapters` are all those of the repository, `promoted` the promoted one by area.
    """
    superseded, touched = superseded_by(memories), Touched(memories)
    refusals = {one.id: why_not(one, superseded, alive) for one in memories if one.kind in LEARNED}
    allowed = [one for one in memories if refusals.get(one.id) == ""]
    weighed = {one.id: Weighed(memory=one, worth=worth_of(one, touched)) for one in allowed}
    plans = []
    for area, inside in areas(allowed).items():
        mine = [weighed[one.id] for one in inside]
        last = max((one for one in adapters if one.area == area), key=lambda one: one.created, default=None)
        plans.append(_plan(area, mine, last, promoted.get(area), base_sha256))
    return Survey(plans=tuple(plans), refused={key: why for key, why in refusals.items() if why})


def _plan(
    area: str, inside: list[Weighed], last: Adapter | None, parent: Adapter | None, base: Callable[[], str]
) -> Plan:
    due, lines = _due(inside, last)
    parent, why = _usable(parent, {one.memory.id for one in inside}, base)
    held = set(parent.memories) if parent else set()
    new = sorted((one for one in inside if one.memory.id not in held and one.worth.score > 0), key=_order)
    old = sorted((one for one in inside if one.memory.id in held), key=_order)
    return Plan(area=area, due=due, lines=(*lines, why), new=tuple(new), old=tuple(old), parent=parent)


def _due(inside: Sequence[Weighed], last: Adapter | None) -> tuple[bool, tuple[str, ...]]:
    held = set(last.memories) if last else set()
    fresh = [one for one in inside if one.memory.id not in held]
    gained = sum(one.worth.score for one in fresh)
    stands = sum(one.worth.score for one in inside if one.memory.id in held)
    fixes = sum(one.memory.kind == "fix" for one in fresh)
    of_last = f"adapter {last.id}, {last.verdict}" if last else "no adapter yet"
    enough, worthy = fixes >= FIXES, gained > SHARE * stands
    return enough and worthy, (
        f"{fixes} accepted fixes are new since the last ({of_last}); it takes {FIXES}: {_word(enough)}",
        f"new memories are worth {gained:.2f}, those it holds {stands:.2f}; it takes more than {SHARE:.2f} of that: "
        f"{_word(worthy)}",
    )


def _usable(parent: Adapter | None, allowed: set[str], base: Callable[[], str]) -> tuple[Adapter | None, str]:
    """The adapter to go on from, and what was decided; what may no longer be taught cannot be taken out of weights."""
    if parent is None:
        return None, "nothing is promoted: training begins at the base"
    if parent.base_sha256 != base():
        return None, f"adapter {parent.id} is of another base: training begins anew"
    if gone := [one for one in parent.memories if one not in allowed]:
        return None, (
            f"adapter {parent.id} holds {len(gone)} memories that may not be taught any more ({gone[0]}): "
            "training begins anew without them"
        )
    return parent, f"training goes on from adapter {parent.id}, round {parent.round}, and rehearses what it holds"


def _word(holds: bool) -> str:
    return "yes" if holds else "no"


def _order(one: Weighed) -> tuple[float, str]:
    return -one.worth.score, one.memory.id
