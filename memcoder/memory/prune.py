"""Forgetting on purpose: what no longer helps is retired, which takes it out of recall and deletes nothing.

A retired memory keeps its trust, its signature and every state it had; `restore` brings it back. Commits that were
reverted are not retired: before the revert they were right, recall knows as of when it stands, and what was tried and
taken back is worth knowing.
"""

from collections.abc import Iterable
from math import comb
from typing import Literal

from memcoder.history.repository import Repository
from memcoder.memory.distill.log import DistillLog
from memcoder.memory.distill.prompt import VERSION
from memcoder.memory.keep import FIX, fix_id
from memcoder.memory.standing import Standing
from memcoder.memory.store import MemoryStore
from memcoder.memory.vanished import reachable
from memcoder.records import Kind, Memory, Record
from memcoder.wording import listed

SHOWN_LEAST = 5
"""Outcomes before a memory can be called useless; ReMe's threshold (see docs/distilling.md)."""
CHANCE = 0.05
"""A memory is useless only where so few wins would be chance less often than this."""

DRAWN: tuple[Kind, ...] = ("lesson", "guardrail", "skill")
"""Kinds of memories that are drawn from fixes."""

Reason = Literal["vanished", "useless", "superseded", "contradicted", "stale"]


class Candidate(Record):
    """A memory that pruning would retire."""

    memory: str
    reason: Reason
    detail: str
    human: bool
    """A human validated it, so it goes only when it is named."""


class PrunePlan(Record):
    """What `prune` would do."""

    retire: tuple[Candidate, ...] = ()
    needs_name: tuple[Candidate, ...] = ()
    """Validated by a human, and not named."""
    restore: tuple[str, ...] = ()
    """Retired because their commit had vanished, or what they speak of had, and it is back."""
    forget: tuple[str, ...] = ()
    """Refused distillations whose note is of no more use: of an earlier prompt, distilled since, or vanished."""
    reverted: int = 0
    """Commits that were taken back; they stay, and count for less in every recall that knows of it."""


def plan(repo: Repository, store: MemoryStore, named: Iterable[str] = ()) -> PrunePlan:
    """What pruning would do, with the reason for each; changes nothing. Reads every record once."""
    memories = list(store.all())
    alive = reachable(repo)
    superseded = _superseded(memories)
    base, there = _base_rate(memories), Standing(repo, memories)
    found = []
    for memory in memories:
        if memory.kind != "policy" and memory.retired is None and memory.trust != "quarantined":
            reason = _reason(memory, repo.key, alive, superseded, base) or _stale(memory, there)
            if reason:
                human = memory.kind == "fix" or memory.trust == "accepted"
                found.append(Candidate(memory=memory.id, reason=reason[0], detail=reason[1], human=human))
    wanted = set(named)
    return PrunePlan(
        retire=tuple(one for one in found if not one.human or one.memory in wanted),
        needs_name=tuple(one for one in found if one.human and one.memory not in wanted),
        restore=tuple(memory.id for memory in memories if _is_back(memory, alive, there)),
        forget=_stale_notes(store, memories, alive),
        reverted=len({link.target for memory in memories for link in memory.links if link.relation == "reverts"}),
    )


def prune(store: MemoryStore, wanted: PrunePlan) -> int:
    """Do what a plan says, all or none; returns how many records changed."""
    with store.writing():
        for one in wanted.retire:
            retire(store, one.memory, f"{one.reason}: {one.detail}")
        restored = [memory for key in wanted.restore if (memory := store.get(key)) and restore(store, memory)]
    DistillLog(store).forget(set(wanted.forget))
    return len(wanted.retire) + len(restored)


def retire(store: MemoryStore, memory_id: str, why: str) -> None:
    """A new signed state that recall leaves out."""
    memory = store.get(memory_id)
    if memory is not None and memory.trust != "quarantined":
        store.put([memory.model_copy(update={"retired": why})])


def drawn_from(store: MemoryStore, run: str) -> list[Memory]:
    """The fix of a run, and the lessons, guardrails and skills of which its word was the last occasion."""
    fix = store.get(fix_id(run))
    drawn = (memory for kind in DRAWN for memory in store.all(kind))
    return [*([fix] if fix else []), *(one for one in drawn if one.lesson and one.lesson.occasions[-1:] == (run,))]


def take_back(store: MemoryStore, memory: Memory, why: str) -> tuple[str, ...]:
    """Retire what a human no longer stands for, and of a fix what was drawn from it; the ids of what was retired.

    Empty where it is retired already or quarantined, which nobody is shown.
    """
    going = [one for one in _together(store, memory) if one.retired is None and one.trust != "quarantined"]
    with store.writing():
        for one in going:
            retire(store, one.id, why)
    return tuple(one.id for one in going)


def bring_back(store: MemoryStore, memory: Memory) -> tuple[str, ...]:
    """Restore a memory, and of a fix what was retired with it for the same reason; the ids of what was restored."""
    with store.writing():
        coming = [one for one in _together(store, memory) if one.retired == memory.retired]
        return tuple(one.id for one in coming if restore(store, one))


def restore(store: MemoryStore, memory: Memory) -> bool:
    """Bring a retired memory back; False where it is not retired, or its signature does not hold."""
    if memory.retired is None or memory.trust == "quarantined":
        return False
    store.put([memory.model_copy(update={"retired": None})])
    return True


def _together(store: MemoryStore, memory: Memory) -> list[Memory]:
    """A memory, and what was drawn from it where it is a fix."""
    drawn = drawn_from(store, memory.id.removeprefix(FIX)) if memory.kind == "fix" else []
    return [memory, *(one for one in drawn if one.id != memory.id)]


def _reason(
    memory: Memory, repository: str, alive: frozenset[str], superseded: dict[str, str], base: float
) -> tuple[Reason, str] | None:
    commit = memory.provenance.commit
    ours = memory.provenance.repository == repository
    if ours and commit is not None and commit not in alive:
        return "vanished", f"no branch or tag of this clone reaches {commit[:10]}"
    if memory.id in superseded:
        return "superseded", f"by {superseded[memory.id][:16]}"
    if memory.kind != "commit" and (by := _reverted_by(memory)):
        return "contradicted", f"reverted by {by[:10]}"
    use = memory.utility
    if _is_useless(use.won, use.won + use.lost, base):
        return "useless", f"won {use.won} of {use.won + use.lost}, where all memories win {100 * base:.0f} %"
    return None


def _is_useless(won: int, decided: int, base: float) -> bool:
    """Whether so few wins are unlikely for a memory that is as good as the others (one-sided binomial test).

    ReMe prunes below one half whatever the others win, so where issues are hard it forgets everything.
    """
    if decided < SHOWN_LEAST:
        return False
    return sum(comb(decided, k) * base**k * (1 - base) ** (decided - k) for k in range(won + 1)) < CHANCE


def _base_rate(memories: list[Memory]) -> float:
    won = sum(memory.utility.won for memory in memories)
    decided = won + sum(memory.utility.lost for memory in memories)
    return won / decided if decided else 0.0


def _superseded(memories: list[Memory]) -> dict[str, str]:
    """Target → the trusted memory that stands in its place."""
    trusted = [memory for memory in memories if memory.trust != "quarantined" and memory.retired is None]
    return {link.target: one.id for one in trusted for link in one.links if link.relation == "supersedes"}


def _reverted_by(memory: Memory) -> str:
    return next((link.target for link in memory.links if link.relation == "reverted_by"), "")


def _stale(memory: Memory, there: Standing) -> tuple[Reason, str] | None:
    gone = there.gone(memory)
    return ("stale", f"HEAD has no more {listed(gone)}") if gone else None


def _is_back(memory: Memory, alive: frozenset[str], there: Standing) -> bool:
    why = (memory.retired or "").partition(":")[0]
    return (why == "vanished" and memory.provenance.commit in alive) or (why == "stale" and not there.gone(memory))


def _stale_notes(store: MemoryStore, memories: list[Memory], alive: frozenset[str]) -> tuple[str, ...]:
    """Refusals of an earlier prompt, of memories that are distilled since, and of commits that are gone."""
    entries = list(DistillLog(store).entries())
    open_ones = {memory.id for memory in memories if not memory.distilled and memory.provenance.commit in alive}
    current = {entry.memory for entry in entries if entry.version == VERSION and entry.memory in open_ones}
    return tuple(sorted({entry.memory for entry in entries if not entry.distilled} - current))
