"""Memories for a query: found by words and by meaning, fused, those that were taken back sunk."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from memcoder.memory.fusion import K, ordered
from memcoder.memory.index import Mask, MemoryIndex
from memcoder.memory.postings import Floats, Integers
from memcoder.memory.scene import Scene
from memcoder.memory.store import MemoryStore
from memcoder.memory.vectors import nearest, pending
from memcoder.records import Evidence, RecalledMemory

DEPTH = 50
NEAREST = 100
"""Memories that are asked of the vectors."""
NEAR = 0.30
"""Least cosine (all-MiniLM-L6-v2) at which a memory counts as near by meaning."""
SHARED = 2
"""Terms that a memory must share with the query, where the query has as many."""
REVERTED = 0.3
"""What a memory counts by once its commit was reverted."""
FIELD_OF = {"message-words": "message", "place-words": "places", "diff-words": "diff"}


@dataclass(frozen=True)
class Found:
    """A memory by number with its fused score."""

    number: int
    score: float


def near_by_meaning(
    store: MemoryStore, index: MemoryIndex, seen: Mask, query: str
) -> tuple[list[tuple[int, float]], tuple[str, ...]]:
    """(number, cosine) of the visible memories nearest to the query, and what was missing."""
    if store.settings.embedder == "none":
        return [], ()
    numbers = index.numbers
    missing = sum(1 for key in _without_vector(store) if key in numbers and seen[numbers[key]])
    try:
        near = nearest(store, query, lambda key: bool(key in numbers and seen[numbers[key]]), NEAREST)
    except Exception as error:  # Chroma or the embedder's files: words still answer
        with store.writing():  # the next mine looks whether all vectors are there
            store.database.execute("DELETE FROM meta WHERE name = 'complete'")
        return [], (f"no vectors: {str(error)[:200]}; recalled by words alone",)
    return [(numbers[key], cosine) for key, cosine in near], (
        f"{missing} memories have no vector yet; `memcoder mine` makes them",
    ) if missing else ()


def _without_vector(store: MemoryStore) -> list[str]:
    """Ids of the memories that lack a vector; looked up again when the store was written to."""
    known: dict[str, list[str]] = store.kept("without vector")
    if "ids" not in known:
        known["ids"] = [memory_id for memory_id, _ in pending(store)]
    return known["ids"]


def lists_of(scene: Scene, without: frozenset[str] = frozenset()) -> dict[str, tuple[Integers, Floats]]:
    """Each ranker's memories, best first, with its scores by number."""
    lists = {}
    for name, field in FIELD_OF.items():
        if name in without:
            continue
        words = scene.memory_words(field)
        shared = words.shared() >= min(SHARED, max(scene.held_terms, 1))
        scores = np.where(shared & ~scene.index.unseen, words.scores, 0.0)
        lists[name] = ordered(scores)[:DEPTH], scores
    if "vectors" not in without:
        scores = np.zeros(scene.index.size)
        for number, cosine in scene.near:
            scores[number] = cosine if cosine >= NEAR and not scene.index.unseen[number] else 0.0
        lists["vectors"] = ordered(scores)[:DEPTH], scores
    return lists


def fused_memories(scene: Scene, without: frozenset[str] = frozenset()) -> list[Found]:
    """Memories by reciprocal rank over all lists; what was reverted counts for less, and says so."""
    lists = lists_of(scene, without)
    scores: dict[int, float] = defaultdict(float)
    for order, _ in lists.values():
        for rank, number in enumerate(order.tolist(), start=1):
            scores[number] += 1.0 / (K + rank)
    reverted = _reverted(scene)
    for number in scores:
        if scene.index.ids[number] in reverted:
            scores[number] *= REVERTED
    best = sorted(scores, key=lambda number: (-scores[number], -number))[:DEPTH]
    return [Found(number, scores[number]) for number in best]


def shown(scene: Scene, found: list[Found], most: int, without: frozenset[str]) -> tuple[RecalledMemory, ...]:
    """The first `most` whose signatures hold."""
    kept: list[RecalledMemory] = []
    lists, reverted = lists_of(scene, without), _reverted(scene)
    for one in found:
        memory = scene.store.get(scene.index.ids[one.number])
        if memory is not None and memory.trust != "quarantined" and memory.retired is None:
            why = _evidence(scene, lists, one.number, reverted)
            kept.append(RecalledMemory(memory=memory, score=round(one.score, 4), evidence=why))
        if len(kept) == most:
            break
    return tuple(kept)


def _reverted(scene: Scene) -> dict[str, str]:
    """Commits that a later one, which may be seen, took back; and that one."""
    rows = scene.store.database.execute("SELECT number, target FROM links WHERE relation = 'reverts'")
    known = ((number, target) for number, target in rows if number < scene.index.size)  # others may write meanwhile
    return {target: scene.index.ids[number] for number, target in known if scene.visible[number]}


def _evidence(
    scene: Scene, lists: dict[str, tuple[Integers, Floats]], number: int, reverted: dict[str, str]
) -> tuple[Evidence, ...]:
    found = []
    for name, (order, scores) in lists.items():
        if number not in order:
            continue
        score = float(scores[number])
        detail = f"cosine {score:.2f}" if name == "vectors" else _shared(scene, FIELD_OF[name], number)
        found.append(Evidence(ranker=name, score=round(score, 4), detail=detail))
    if taker := reverted.get(scene.index.ids[number]):
        found.append(Evidence(ranker="lineage", score=REVERTED, detail=f"reverted by {taker[:10]}"))
    return tuple(found)


def _shared(scene: Scene, field: str, number: int) -> str:
    terms = scene.memory_words(field).best_terms(np.array([number]))[number]
    names = scene.store.vocabulary.names(terms)
    return "shares " + ", ".join(names[term] for term in terms)
