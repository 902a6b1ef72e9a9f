"""Making the scene of a recall: the memories and the code of a revision, and what is near by meaning."""

from memcoder.history.repository import Repository
from memcoder.memory.guard import Guard
from memcoder.memory.index import memory_index, visible
from memcoder.memory.memories import near_by_meaning
from memcoder.memory.query import Query
from memcoder.memory.scene import Scene
from memcoder.memory.store import MemoryStore
from memcoder.memory.units import code_at
from memcoder.memory.view import View


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
