"""Candidates and their features, file by file and unit by unit: what weights are learned from, and applied to."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from memcoder.memory import fusion, rankers, weights
from memcoder.memory.fusion import Candidates
from memcoder.memory.postings import Floats, Integers
from memcoder.memory.scene import Scene
from memcoder.memory.text import words
from memcoder.memory.units import MODULE

OPENED = 5
"""Best files, all of whose units are looked at."""
ROOM = 2
"""Words that every name counts as longer, so that one common word is not all of a short name."""


def file_candidates(scene: Scene, names: Sequence[str]) -> Candidates:
    """Features of the files that the rankers named put first."""
    return fusion.candidates({name: rankers.said(scene, name).files for name in names}, rankers.ALONE)


def by_file(scene: Scene, found: Candidates, scores: Floats) -> Floats:
    """Candidates' scores as one list of all files, from 0 up."""
    files = np.zeros(len(scene.code.files))
    files[found.items] = scores - scores.min(initial=0.0)
    return files


def unit_candidates(scene: Scene, names: Sequence[str], files: Floats) -> Candidates:
    """Features of the units that rankers put first and of all units of the best files (weights.UNIT_EXTRAS).

    Besides what the rankers say: how a unit's file fares, what the unit is, and its rank among those of its file,
    because order within a file is what goes wrong most.
    """
    lists = {name: rankers.said(scene, name).units for name in names}
    best = fusion.ordered(files)[:OPENED]
    found = fusion.candidates(lists, more=np.flatnonzero(np.isin(scene.code.file_of, best)))
    owner = scene.code.file_of[found.items].astype(np.int64)
    kinds = [scene.code.units[number].kind for number in found.items.tolist()]
    columns = [
        fusion.reciprocal_ranks(files)[owner],
        files[owner] / max(float(files.max(initial=0.0)), 1e-9),
        np.array([kind == "class" for kind in kinds], np.float64),
        np.array([kind == MODULE for kind in kinds], np.float64),
    ]
    for name in weights.WITHIN:
        scores = lists.get(name)
        own = np.zeros(len(owner)) if scores is None else scores[found.items]
        columns.append(fusion.ranks_within(own, owner))
    columns.append(fusion.ranks_within(_name_words(scene, found.items), owner))
    return Candidates(found.items, np.column_stack((found.features, *columns)))


def _name_words(scene: Scene, items: Integers) -> Floats:
    """By unit, what its qualified name shares with the query: words that few candidates bear say more, long names less.

    In a unit's text its name drowns: here a function is told from its neighbours by what it is called.
    """
    wanted = scene.query.weights
    names = [_parts(scene.code.units[number].qualified) for number in items.tolist()]
    bearers = Counter(word for name in names for word in name if word in wanted)
    gain = {
        word: wanted[word] * np.log1p((len(names) - count + 0.5) / (count + 0.5)) for word, count in bearers.items()
    }
    return np.array([sum(gain.get(word, 0.0) for word in name) / (len(name) + ROOM) for name in names], np.float64)


@lru_cache(maxsize=1 << 16)
def _parts(name: str) -> tuple[str, ...]:
    """The different words of a name, in order."""
    return tuple(dict.fromkeys(words(name)))
