"""Recall: what memory and code, as of one commit, say about a query.

Only ancestors of `as_of` count, by the commit graph. Rankers (rankers.py) score files and units of code, memories are
found by words and by meaning (found.py); fusion.py puts lists together; each answer carries the evidence for it.
"""

from dataclasses import dataclass

import numpy as np

from memcoder.history.repository import Repository
from memcoder.memory import fusion, rankers, weights
from memcoder.memory.conventions.ask import conventions_for
from memcoder.memory.evidence import file_evidence, unit_evidence
from memcoder.memory.guard import Guard
from memcoder.memory.index import memory_index, visible
from memcoder.memory.learn import file_weights, unit_weights
from memcoder.memory.memories import fused_memories, lists_of, near_by_meaning, shown
from memcoder.memory.postings import Floats, Integers
from memcoder.memory.query import Query
from memcoder.memory.rerank import reranked
from memcoder.memory.scene import Scene
from memcoder.memory.store import MemoryStore
from memcoder.memory.units import MODULE, Unit, code_at
from memcoder.memory.view import View
from memcoder.models.base import LanguageModel
from memcoder.records import Evidence, Memory, Place, Recall

PLACES = 20
OPENED = 5
"""Best files, all of whose units are looked at."""
POLICIES = 8
POLICY_FILES = 3
"""Files whose conventions are told."""
RANKERS = {name: ranker.source for name, ranker in rankers.ALL.items()}
"""Every ranker of places, and whether it reads the code or the history; each may be left out."""
PARAMETERS = "4"
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

    `exclude` names commits (and memories) that must not be seen, `without` rankers that are left out; `guard` is an
    evaluation's, `rerank` a model that is asked once for the order of the best files. Nothing is returned where
    nothing is near. Quarantined and retired memories, and records whose signature does not hold, are never returned.
    """
    scene, notes = scene_of(repo, store, query, repo.resolve(as_of), exclude, guard)
    ranking = rank(scene, without)
    memories = shown(scene, fused_memories(scene, without), k, without)
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


def scene_of(
    repo: Repository,
    store: MemoryStore,
    query: str,
    commit: str,
    exclude: frozenset[str] = frozenset(),
    guard: Guard | None = None,
) -> tuple[Scene, tuple[str, ...]]:
    """What the rankers look at, and notes on what is missing; the last one is kept, for the same question again."""
    key = (query, commit, exclude, guard)
    kept = store.cache.get("scene")
    if kept is None or kept[0] != (key, store.state()):
        view = _view(repo, store, commit, exclude, guard)
        near, notes = near_by_meaning(store, view.index, view.visible, query)
        scene = Scene(store, Query(query), view, near)
        kept = store.cache["scene"] = (key, store.state()), scene, notes
    return kept[1], kept[2]


def _view(repo: Repository, store: MemoryStore, commit: str, exclude: frozenset[str], guard: Guard | None) -> View:
    """The memories and the code of a revision; the last one is kept."""
    index = memory_index(store)
    key = (commit, exclude, guard)
    kept = store.cache.get("view")
    if kept is None or kept[0] != key:
        seen = visible(repo, store, index, commit, exclude)
        seen = guard.hide(store, index, seen) if guard else seen
        kept = store.cache["view"] = key, View(index, seen, code_at(repo, store, commit))
    found: View = kept[1]
    return found


@dataclass(frozen=True)
class Ranking:
    """Files and units by number, best first, with their fused scores."""

    files: Integers
    file_scores: Floats
    units: Integers
    unit_scores: Floats


def rank(scene: Scene, without: frozenset[str] = frozenset()) -> Ranking:
    """Fuse what all rankers but those left out say."""
    names = [name for name in rankers.ALL if name not in without]
    file_lists = {name: rankers.said(scene, name).files for name in names if name in rankers.FILES}
    found = fusion.candidates(file_lists, rankers.ALONE)
    scores = found.features @ file_weights(scene, tuple(file_lists))
    order = np.lexsort((found.items, -scores))
    files, file_scores = found.items[order], scores[order]
    by_file = np.zeros(len(scene.code.files))
    by_file[files] = file_scores - file_scores.min(initial=0.0)
    unit_lists = {name: rankers.said(scene, name).units for name in names if name in rankers.UNITS}
    units = unit_candidates(scene, unit_lists, by_file)
    unit_scores = units.features @ unit_weights(scene, tuple(unit_lists))
    unit_order = np.lexsort((units.items, -unit_scores))
    return Ranking(files, fusion.shares(file_scores), units.items[unit_order], fusion.shares(unit_scores[unit_order]))


def unit_candidates(scene: Scene, lists: dict[str, Floats | None], by_file: Floats) -> fusion.Candidates:
    """Features of the units that rankers put first and of all units of the best files (weights.UNIT_EXTRAS).

    Besides what the rankers say: how a unit's file fares, what the unit is, and its rank among those of its file,
    because order within a file is what goes wrong most.
    """
    best = fusion.ordered(by_file)[:OPENED]
    found = fusion.candidates(lists, more=np.flatnonzero(np.isin(scene.code.file_of, best)))
    files = scene.code.file_of[found.items].astype(np.int64)
    kinds = [scene.code.units[number].kind for number in found.items.tolist()]
    columns = [
        fusion.reciprocal_ranks(by_file)[files],
        by_file[files] / max(float(by_file.max(initial=0.0)), 1e-9),
        np.array([kind == "class" for kind in kinds], np.float64),
        np.array([kind == MODULE for kind in kinds], np.float64),
    ]
    for name in weights.WITHIN:
        scores = lists.get(name)
        own = np.zeros(len(files)) if scores is None else scores[found.items]
        columns.append(fusion.ranks_within(own, files))
    return fusion.Candidates(found.items, np.column_stack((found.features, *columns)))


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
    return tuple(Place(path=paths[number], score=round(score, 4), evidence=why) for number, score, why in found)


def _symbols(scene: Scene, ranking: Ranking, most: int, without: frozenset[str]) -> tuple[Place, ...]:
    numbers = ranking.units[:most]
    found = zip(numbers.tolist(), ranking.unit_scores.tolist(), unit_evidence(scene, numbers, without), strict=False)
    return tuple(_place(scene.code.units[number], score, why) for number, score, why in found)


def _place(unit: Unit, score: float, why: tuple[Evidence, ...]) -> Place:
    lines = (0, 0) if unit.kind == MODULE else (unit.first, unit.last)
    return Place(path=unit.path, symbol=unit.symbol, start=lines[0], end=lines[1], score=round(score, 4), evidence=why)
