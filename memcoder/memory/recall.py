"""Recall: what memory and code, as of one commit, say about a query.

Only ancestors of `as_of` count, by the commit graph. Rankers (rankers.py) score files and units of code, memories are
found by words and by meaning (memories.py) and chosen among by how they fared (bandit.py); features.py and fusion.py
put lists together; each answer carries the evidence for it.
"""

from dataclasses import dataclass

import numpy as np

from memcoder.history.repository import Repository
from memcoder.memory import fusion, rankers
from memcoder.memory.conventions.ask import conventions_for
from memcoder.memory.evidence import file_evidence, unit_evidence
from memcoder.memory.features import by_file, file_candidates, unit_candidates
from memcoder.memory.guard import Guard
from memcoder.memory.learn import file_weights, unit_weights
from memcoder.memory.memories import NOTHING, lists_of, recalled
from memcoder.memory.postings import Floats, Integers
from memcoder.memory.rerank import reranked
from memcoder.memory.scene import Scene
from memcoder.memory.scenes import scene_of
from memcoder.memory.store import MemoryStore
from memcoder.memory.units import MODULE, Unit
from memcoder.memory.utility import fared
from memcoder.models.base import LanguageModel
from memcoder.records import Evidence, Memory, Place, Recall

PLACES = 20
POLICIES = 8
POLICY_FILES = 3
"""Files whose conventions are told."""
RANKERS = {name: ranker.source for name, ranker in rankers.ALL.items()}
"""Every ranker of places, and whether it reads the code or the history; each may be left out."""
UTILITY = "utility"
"""What may be left out as the rankers may: that memories are chosen by how they fared."""
PARAMETERS = "5"
"""Version of everything that moves a ranking; benchmarks keep results of different versions apart."""


def recall(
    repo: Repository,
    store: MemoryStore,
    query: str,
    *,
    as_of: str,
    k: int = 5,
    exclude: frozenset[str] = frozenset(),
    without: frozenset[str] = frozenset(),
    places: int = PLACES,
    guard: Guard | None = None,
    rerank: LanguageModel | None = None,
) -> Recall:
    """At most `k` memories, and at most `places` files and symbols that the evidence points at, best first.

    `exclude` names commits (and memories) that must not be seen, `without` rankers that are left out, or `utility`;
    `guard` is an evaluation's, `rerank` a model that is asked once for the order of the best files. Nothing is returned
    where nothing is near. Quarantined and retired memories, and records whose signature does not hold, are never
    returned.
    """
    scene, notes = scene_of(repo, store, query, repo.resolve(as_of), exclude, guard)
    ranking = rank(scene, without)
    known = NOTHING if UTILITY in without else fared(repo, store, scene.code.commit, scene.index.numbers)
    memories = recalled(scene, k, without, known)
    if guard is not None:
        for one in memories:
            guard.check(one.memory)
    files = _files(scene, ranking, places, without)
    symbols = _symbols(scene, ranking, places, without)
    if rerank is not None:
        files = reranked(rerank, query, files, symbols)
    return Recall(
        query=query,
        as_of=scene.code.commit,
        memories=memories,
        files=files,
        symbols=symbols,
        policies=_policies(repo, store, scene.code.commit, files),
        complete=not notes,
        notes=notes,
    )


def memory_lists(repo: Repository, store: MemoryStore, query: str, *, as_of: str) -> dict[str, list[str]]:
    """Ids of the memories that each ranker of memories finds, best first."""
    scene, _ = scene_of(repo, store, query, repo.resolve(as_of))
    return {name: [scene.index.ids[number] for number in order] for name, (order, _) in lists_of(scene).items()}


@dataclass(frozen=True)
class Ranking:
    """Files and units by number, best first, with their fused scores."""

    files: Integers
    file_scores: Floats
    units: Integers
    unit_scores: Floats


def rank(scene: Scene, without: frozenset[str] = frozenset()) -> Ranking:
    """Fuse what all rankers but those left out say."""
    names = tuple(name for name in rankers.FILES if name not in without)
    found = file_candidates(scene, names)
    scores = found.features @ file_weights(scene, names)
    files = np.lexsort((found.items, -scores))
    unit_names = tuple(name for name in rankers.UNITS if name not in without)
    units = unit_candidates(scene, unit_names, by_file(scene, found, scores))
    unit_scores = units.features @ unit_weights(scene, unit_names)
    order = np.lexsort((units.items, -unit_scores))
    return Ranking(
        found.items[files], fusion.shares(scores[files]), units.items[order], fusion.shares(unit_scores[order])
    )


def _policies(repo: Repository, store: MemoryStore, commit: str, files: tuple[Place, ...]) -> tuple[Memory, ...]:
    """What is expected of changes in the best files, as far as it was counted at a commit that may be seen."""
    if "policies" not in store.cache:
        store.cache["policies"] = tuple(store.all("policy"))
    paths = [place.path for place in files[:POLICY_FILES]]
    return conventions_for(store.cache["policies"], paths, repo.ancestors(commit))[:POLICIES]


def _files(scene: Scene, ranking: Ranking, most: int, without: frozenset[str]) -> tuple[Place, ...]:
    paths = list(scene.code.files)
    numbers = ranking.files[:most]
    found = zip(numbers.tolist(), ranking.file_scores.tolist(), file_evidence(scene, numbers, without), strict=False)
    return tuple(Place(path=paths[number], score=_four_digits(score), evidence=why) for number, score, why in found)


def _symbols(scene: Scene, ranking: Ranking, most: int, without: frozenset[str]) -> tuple[Place, ...]:
    numbers = ranking.units[:most]
    found = zip(numbers.tolist(), ranking.unit_scores.tolist(), unit_evidence(scene, numbers, without), strict=False)
    return tuple(_place(scene.code.units[number], score, why) for number, score, why in found)


def _place(unit: Unit, score: float, why: tuple[Evidence, ...]) -> Place:
    lines = (0, 0) if unit.kind == MODULE else (unit.first, unit.last)
    return Place(
        path=unit.path, symbol=unit.symbol, start=lines[0], end=lines[1], score=_four_digits(score), evidence=why
    )


def _four_digits(score: float) -> float:
    """Of what stands far down as well: who packs places into a budget sets their scores against their sizes."""
    return float(f"{score:.4g}")
