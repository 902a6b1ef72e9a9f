"""What a memory came from: its links followed back to commits and runs, and what stands in its place."""

from typing import Literal

from memcoder.memory.store import MemoryStore
from memcoder.records import Memory, Record, Relation

BACK: tuple[Relation, ...] = ("distilled_from", "supersedes", "cherry_picked_from", "follows_up", "reverts")
"""Relations that lead to what was there before."""
MOST = 100
"""Memories that are followed."""


class Origin(Record):
    """One thing that a memory came from."""

    of: str
    """The memory whose link it is."""
    relation: Relation | Literal["at commit", "in run"]
    target: str
    subject: str = ""
    """Of the target, where the store has it."""
    trust: str = ""


class Origins(Record):
    """Everything that a memory came from, nearest first."""

    memory: str
    superseded_by: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


def origins(store: MemoryStore, memory: Memory) -> Origins:
    """Follow a memory's links; what links in a circle is told once."""
    found: list[Origin] = []
    waiting, known = [memory], {memory.id}
    while waiting and len(known) <= MOST:
        one = waiting.pop(0)
        origin = one.provenance
        for relation, target in (("at commit", origin.commit), ("in run", origin.run)):
            if target:
                found.append(Origin(of=one.id, relation=relation, target=target))
        for link in one.links:
            target_memory = store.get(link.target)
            subject, trust = (target_memory.subject, target_memory.trust) if target_memory else ("", "")
            found.append(Origin(of=one.id, relation=link.relation, target=link.target, subject=subject, trust=trust))
            if link.relation in BACK and target_memory and link.target not in known:
                known.add(link.target)
                waiting.append(target_memory)
    query = (
        "SELECT r.id FROM links l JOIN records r ON r.number = l.number "
        "WHERE l.relation = 'supersedes' AND l.target = ? AND r.trust NOT IN ('quarantined', 'retired') "
        "ORDER BY r.number"
    )
    above = tuple(row[0] for row in store.database.execute(query, (memory.id,)))
    return Origins(memory=memory.id, superseded_by=above, origins=tuple(found))
