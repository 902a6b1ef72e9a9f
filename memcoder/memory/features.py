"""Candidates and their features, file by file and unit by unit: what weights are learned from, and applied to."""

from collections.abc import Sequence

import numpy as np

from memcoder.memory import fusion, rankers, weights
from memcoder.memory.fusion import Candidates
from memcoder.memory.postings import Floats
from memcoder.memory.scene import Scene
from memcoder.memory.units import MODULE

OPENED = 5
"""Best files, all of whose units are looked at."""


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
    return Candidates(found.items, np.column_stack((found.features, *columns)))
