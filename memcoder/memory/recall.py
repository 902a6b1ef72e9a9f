"""Recall: what memory and code, as of one commit, say about a query.

Only ancestors of `as_of` count, by the commit graph. Candidates come from small rankers and are fused by reciprocal
rank (Cormack et al., SIGIR 2009) with k = 5; each answer carries the evidence for it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memcoder.history.repository import Repository
from memcoder.memory import rankers
from memcoder.memory.rankers import Hit, Key
from memcoder.memory.store import MemoryStore
from memcoder.memory.units import MODULE, Code, code_at
from memcoder.memory.vectors import nearest, pending
from memcoder.records import Evidence, Memory, Place, Recall, RecalledMemory

FUSION_K = 5
VOTERS = 20
"""Memories whose changes vote for places."""
PLACES = 20
NEAR = 0.30
"""Least cosine (all-MiniLM-L6-v2) at which a memory counts as near by meaning."""
REVERTED = 0.3
"""What a memory counts by once its commit was reverted."""
UNSEEN = frozenset({"merge", "format", "release", "dependency"})
"""Kinds of change that explain nothing; they are kept, and not shown."""


def recall(
    repo: Repository,
    store: MemoryStore,
    query: str,
    *,
    as_of: str,
    k: int = 5,
    exclude: frozenset[str] = frozenset(),
) -> Recall:
    """At most `k` memories, and the files and symbols that the evidence points at, best first.

    `exclude` names commits (and memories) that must not be seen. Nothing is returned where nothing is near.
    Quarantined memories, and records whose signature does not hold, are never returned.
    """
    commit = repo.resolve(as_of)
    allowed = _allowed(repo, store, commit, exclude)
    lists, notes = _memory_lists(store, allowed, query)
    fused_memories = _sink_reverted(_fuse(lists), _reverted(store, allowed))
    ranked = [(memory, fused) for fused in fused_memories if (memory := _shown(store, fused.key))][:VOTERS]
    votes = [(memory, fused.score) for memory, fused in ranked]
    places = _places(store, code_at(repo, store, commit), query, votes, rankers.renames_among(store, allowed))
    memories = tuple(
        RecalledMemory(memory=memory, score=round(fused.score, 4), evidence=fused.evidence)
        for memory, fused in ranked[:k]
    )
    complete = not notes
    files = tuple(_files(places)[:PLACES])
    return Recall(
        query=query,
        as_of=commit,
        memories=memories,
        files=files,
        symbols=tuple(places[:PLACES]),
        complete=complete,
        notes=notes,
    )


@dataclass(frozen=True)
class Fused:
    """A candidate with its fused score and all that speaks for it."""

    key: str
    score: float
    evidence: tuple[Evidence, ...]


def _allowed(repo: Repository, store: MemoryStore, commit: str, exclude: frozenset[str]) -> dict[int, str]:
    """Number → id of the memories that may be seen: those of ancestors, and those that belong to no commit."""
    ancestors = repo.ancestors(commit)
    rows = store.database.execute("SELECT number, id, commit_id FROM records WHERE trust != 'quarantined'")
    return {
        number: memory_id
        for number, memory_id, commit_id in rows
        if (commit_id is None or commit_id in ancestors) and memory_id not in exclude and commit_id not in exclude
    }


def _shown(store: MemoryStore, memory_id: str) -> Memory | None:
    """A memory as its signature vouches for it; None where it must not be shown."""
    memory = store.get(memory_id)
    if memory is None or memory.trust == "quarantined" or memory.change.kind in UNSEEN:
        return None
    return memory


def _memory_lists(
    store: MemoryStore, allowed: dict[int, str], query: str
) -> tuple[dict[str, list[Hit[str]]], tuple[str, ...]]:
    """Each memory ranker's list, and what was missing."""
    corpus = rankers.memory_corpus(store, allowed)
    lists = {"words": rankers.memories_by_words(store, corpus, allowed, query)}
    if store.settings.embedder == "none":
        return lists, ()
    missing = len(pending(store))
    try:
        near = nearest(store, query, frozenset(allowed.values()), rankers.DEPTH)
    except Exception as error:  # Chroma or the embedder's files: words still answer
        return lists, (f"no vectors: {str(error)[:200]}; recalled by words alone",)
    lists["vectors"] = rankers.memories_by_vectors(near, NEAR)
    return lists, (f"{missing} memories have no vector yet; `memcoder mine` makes them",) if missing else ()


def _fuse(lists: Mapping[str, Sequence[Hit[Key]]]) -> list[Fused]:
    """Reciprocal rank fusion: a candidate's score is the sum of 1 / (k + rank) over the lists that have it."""
    scores: dict[Key, float] = defaultdict(float)
    evidence: dict[Key, list[Evidence]] = defaultdict(list)
    for name, hits in lists.items():
        for rank, hit in enumerate(hits, start=1):
            scores[hit.key] += 1.0 / (FUSION_K + rank)
            evidence[hit.key].append(Evidence(ranker=name, score=round(hit.score, 4), detail=hit.detail))
    ordered = sorted(scores, key=lambda key: (-scores[key], key))
    return [Fused(key, scores[key], tuple(evidence[key])) for key in ordered]  # type: ignore[arg-type]


def _reverted(store: MemoryStore, allowed: dict[int, str]) -> dict[str, str]:
    """Commits that a later one, which may be seen, took back; and that one."""
    rows = store.database.execute("SELECT number, target FROM links WHERE relation = 'reverts'")
    return {target: allowed[number] for number, target in rows if number in allowed}


def _sink_reverted(ranked: list[Fused], reverted: Mapping[str, str]) -> list[Fused]:
    """What was taken back counts for less, and says so."""
    sunk = []
    for one in ranked:
        if one.key in reverted:
            why = Evidence(ranker="lineage", score=REVERTED, detail=f"reverted by {reverted[one.key][:10]}")
            one = Fused(one.key, one.score * REVERTED, (*one.evidence, why))
        sunk.append(one)
    return sorted(sunk, key=lambda one: -one.score)


def _places(
    store: MemoryStore, code: Code, query: str, memories: list[tuple[Memory, float]], renames: Mapping[str, str]
) -> list[Place]:
    """Units of code, fused from votes, words, names and paths."""
    lists = {
        "commit-votes": rankers.units_by_votes(code, memories, renames),
        "code-words": rankers.units_by_words(store, code, query),
        "named-symbols": rankers.units_by_name(code, query),
        "named-paths": rankers.units_by_path(code, query),
    }
    places = []
    for fused in _fuse(lists):
        unit = code.units[int(fused.key)]
        whole = unit.kind == MODULE
        places.append(
            Place(
                path=unit.path,
                symbol=unit.symbol,
                start=0 if whole else unit.first,
                end=0 if whole else unit.last,
                score=round(fused.score, 4),
                evidence=fused.evidence,
            )
        )
    return places


def _files(places: list[Place]) -> list[Place]:
    """Files by the sum of their best three units, with the best unit's evidence."""
    by_file: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        by_file[place.path].append(place)
    scored = [
        Place(path=path, score=round(sum(unit.score for unit in units[:3]), 4), evidence=units[0].evidence)
        for path, units in by_file.items()
    ]
    return sorted(scored, key=lambda place: (-place.score, place.path))
