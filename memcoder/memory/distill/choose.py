"""Which memories are worth a model's time."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from memcoder.history.kinds import is_test_path
from memcoder.memory.distill.copies import copy_keys, is_copy
from memcoder.memory.distill.excerpt import DOCUMENTS
from memcoder.memory.store import MemoryStore
from memcoder.records import ChangeKind, Memory

KINDS: dict[ChangeKind, float] = {"fix": 3.0, "feature": 1.5, "refactor": 0.7, "other": 1.0}
"""What a kind of change is worth; those that are not here explain nothing and are never distilled."""
MOST_FILES = 10
HALF_LIFE = 2 * 365 * 86_400
"""Seconds after which a change says half as much of where work goes on."""
ENOUGH_WORDS = 30
"""Words of a message from which on more do not help."""


def worth(memory: Memory) -> float:
    """How much there is to distil in a memory, whatever else the project does; 0: nothing.

    A fix has a problem, a cause and a solution, a feature less so, other kinds hardly. Each further product file
    makes it less clear which line was the point. A message that says why gives the model something to go by; one of
    three words makes it guess, and guesses are refused.
    """
    files = product_files(memory)
    if memory.distilled or memory.trust == "quarantined" or memory.retired or not 0 < len(files) <= MOST_FILES:
        return 0.0
    told = min(len(memory.message.split()), ENOUGH_WORDS) / ENOUGH_WORDS
    return KINDS.get(memory.change.kind, 0.0) * (0.3 + told) / math.sqrt(len(files))


def usefulness(value: float, paths: Iterable[str], heat: Mapping[str, float]) -> float:
    """How useful a distilled memory is likely to be: its `worth`, times how much goes on in the code that it changed.

    The next issue lies most likely where the last ones lay, so files that change often and lately count; `heat` is
    from `heat_of`. The logarithm keeps one file that everybody touches from taking the whole budget.
    """
    return value * math.log1p(max((heat.get(path, 0.0) for path in paths), default=0.0))


def heat_of(changes: Iterable[tuple[int, tuple[str, ...]]]) -> dict[str, float]:
    """How often each path changed, a change HALF_LIFE before the newest counting half; changes are (time, paths)."""
    known = list(changes)
    newest = max((time for time, _ in known), default=0)
    heat: dict[str, float] = defaultdict(float)
    for time, paths in known:
        for path in paths:
            heat[path] += 0.5 ** ((newest - time) / HALF_LIFE)
    return dict(heat)


def product_files(memory: Memory) -> tuple[str, ...]:
    """Changed paths that are neither tests nor documents nor data."""
    paths = (file.path for file in memory.change.files)
    return tuple(path for path in paths if not is_test_path(path) and not path.lower().endswith(DOCUMENTS))


def choose(
    store: MemoryStore, most: int, skip: Collection[str] = (), among: Collection[str] | None = None
) -> list[Memory]:
    """The `most` most useful commits (of `among`) that are not distilled yet, best first; without those in `skip`.

    With each come its copies, oldest first, or first the one that is distilled already: what one was distilled to costs
    the others nothing, so they do not count. Commits that were taken back are left out. Reads every record once.
    """
    survey = _survey(store)
    chosen: list[Memory] = []
    seen: set[str] = set(skip)
    for memory_id in survey.ranked():
        if most <= 0:
            break
        if among is not None and memory_id not in among:
            continue
        memory = store.get(memory_id)
        if memory_id in seen or memory is None:
            continue
        copies = _copies(store, survey, memory)
        group = sorted([memory, *copies], key=lambda one: (not one.distilled, one.provenance.time))
        if any(one.id in skip for one in copies):
            continue  # the same change was asked about
        seen.update(one.id for one in group)
        chosen += group
        most -= not group[0].distilled
    return chosen


@dataclass
class _Survey:
    """What one reading of a store keeps."""

    worth: dict[str, float] = field(default_factory=dict)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changes: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    copies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    reverted: set[str] = field(default_factory=set)

    def ranked(self) -> list[str]:
        """Ids by usefulness, best first."""
        heat = heat_of(self.changes)
        scores = {key: usefulness(value, self.paths[key], heat) for key, value in self.worth.items()}
        return sorted(scores.keys() - self.reverted, key=lambda key: (-scores[key], key))


def _survey(store: MemoryStore) -> _Survey:
    survey = _Survey()
    for memory in store.all("commit"):
        paths = product_files(memory)
        value = worth(memory)
        survey.reverted.update(link.target for link in memory.links if link.relation == "reverts")
        if memory.change.kind in KINDS and len(paths) <= MOST_FILES:
            survey.changes.append((memory.provenance.time, paths))
        if value:
            survey.worth[memory.id], survey.paths[memory.id] = value, paths
        if value or memory.distilled:
            for key in copy_keys(memory):
                survey.copies[key].append(memory.id)
    return survey


def _copies(store: MemoryStore, survey: _Survey, memory: Memory) -> list[Memory]:
    near = {other for key in copy_keys(memory) for other in survey.copies[key]} - {memory.id}
    found = (store.get(other) for other in sorted(near))
    return [other for other in found if other is not None and is_copy(memory, other)]
