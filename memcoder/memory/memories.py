"""Memories for a query: found by words and by meaning, fused, those that were taken back sunk, then chosen among by how
they fared (bandit.py)."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from memcoder.memory.bandit import Fared, Ranked, choose
from memcoder.memory.evidence import shared_words
from memcoder.memory.fusion import K, ordered
from memcoder.memory.index import Mask, MemoryIndex
from memcoder.memory.postings import Floats, Integers
from memcoder.memory.scene import Scene
from memcoder.memory.store import MemoryStore
from memcoder.memory.vectors import nearest, pending
from memcoder.records import Evidence, Memory, RecalledMemory, Relation

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
NOTHING = Fared()
Lists = dict[str, tuple[Integers, Floats]]
"""By ranker the memories it put first, best first, and its scores by number."""


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


def lists_of(scene: Scene, without: frozenset[str] = frozenset()) -> Lists:
    """Each ranker's memories, best first, with its scores by number."""
    lists: Lists = {}
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


def recalled(
    scene: Scene, most: int, without: frozenset[str] = frozenset(), fared: Fared = NOTHING
) -> tuple[RecalledMemory, ...]:
    """The first `most` memories, by reciprocal rank over all lists and by how they `fared`, whose signatures hold."""
    lists, reverted = lists_of(scene, without), _reverted(scene)
    choice = choose(_fused(scene, lists, reverted), fared, most, f"{scene.query.text}\0{scene.code.commit}")
    kept: dict[int, tuple[Memory, float]] = {}
    for number, score in choice.ranked:
        if len(kept) == most:
            break
        memory = scene.store.get(scene.index.ids[number])
        if memory is not None and memory.trust != "quarantined" and memory.retired is None:
            kept[number] = memory, score
    why = _evidence(scene, lists, list(kept), reverted)
    return tuple(
        RecalledMemory(memory=memory, score=round(score, 4), evidence=(*why[number], *choice.said.get(number, ())))
        for number, (memory, score) in kept.items()
    )


def _fused(scene: Scene, lists: Lists, reverted: Mapping[str, str]) -> Ranked:
    """(number, score), best first; what was superseded is left out, what was reverted counts for less."""
    scores: dict[int, float] = defaultdict(float)
    superseded = _linked(scene, "supersedes")
    for order, _ in lists.values():
        for rank, number in enumerate(order.tolist(), start=1):
            if scene.index.ids[number] not in superseded:
                scores[number] += 1.0 / (K + rank)
    for number in scores:
        if scene.index.ids[number] in reverted:
            scores[number] *= REVERTED
    best = sorted(scores, key=lambda number: (-scores[number], -number))[:DEPTH]
    return [(number, scores[number]) for number in best]


def _reverted(scene: Scene) -> dict[str, str]:
    """Commits that a later one, which may be seen, took back; and that one."""
    return _linked(scene, "reverts")


def _linked(scene: Scene, relation: Relation) -> dict[str, str]:
    """What memories that may be seen point at by a relation, and which does."""
    rows = scene.store.database.execute("SELECT number, target FROM links WHERE relation = ?", (relation,))
    known = ((number, target) for number, target in rows if number < scene.index.size)  # others may write meanwhile
    return {target: scene.index.ids[number] for number, target in known if scene.visible[number]}


def _evidence(
    scene: Scene, lists: Lists, numbers: list[int], reverted: Mapping[str, str]
) -> dict[int, tuple[Evidence, ...]]:
    """For each memory what every ranker that ranked it saw, and who took it back."""
    found: dict[int, list[Evidence]] = {number: [] for number in numbers}
    for name, (order, scores) in lists.items():
        listed = np.intersect1d(order, np.array(numbers, np.int64))
        shared = {} if name == "vectors" else shared_words(scene, scene.memory_words(FIELD_OF[name]), listed)
        for number in listed.tolist():
            score = float(scores[number])
            detail = shared.get(number, f"cosine {score:.2f}")
            found[number].append(Evidence(ranker=name, score=round(score, 4), detail=detail))
    for number in numbers:
        if taker := reverted.get(scene.index.ids[number]):
            found[number].append(Evidence(ranker="lineage", score=REVERTED, detail=f"reverted by {taker[:10]}"))
    return {number: tuple(said) for number, said in found.items()}
