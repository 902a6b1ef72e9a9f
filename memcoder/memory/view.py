"""What rankers need of a revision, whatever is asked: which memories may be seen and where their changes stand now."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from memcoder.memory.index import Mask, MemoryIndex
from memcoder.memory.postings import Floats, Integers, slices
from memcoder.memory.units import Code

BREADTH = 30
"""A commit that touches more files says little about any of them."""
HALF_LIFE = 4 * 365.25 * 86400
"""Seconds after which a commit's word counts half."""


@dataclass(frozen=True)
class View:
    """Memories and code as of one commit; kept between queries, so that each thing is worked out once."""

    index: MemoryIndex
    visible: Mask
    code: Code

    def lengths(self, field: str) -> Floats:
        """Lengths of the memories in a field, 0 for those that may not be seen and for policies."""
        if field not in self._lengths:
            counted = self.visible & ~self.index.policies
            self._lengths[field] = np.where(counted, self.index.fields[field].lengths, 0.0)
        return self._lengths[field]

    @cached_property
    def _lengths(self) -> dict[str, Floats]:
        return {}

    @cached_property
    def decay(self) -> Floats:
        """By memory: what its word counts for its age, for how many files it touched; 0 where it has none."""
        breadth = np.diff(self.index.starts)
        silent = self.index.unseen | self.index.taught
        votes = self.visible & ~silent & (breadth > 0) & (breadth <= BREADTH)
        times = self.index.times[self.visible]
        now = float(times.max()) if len(times) else 0.0
        age = np.maximum(now - self.index.times, 0.0)
        return np.where(votes, 0.5 ** (age / HALF_LIFE) / np.sqrt(np.maximum(breadth, 1)), 0.0)

    @cached_property
    def file_of_path(self) -> Integers:
        """Number of the product file that stands at each path of the index now, renames followed; -1 for none."""
        files, renames = self.code.files, self._renames
        return np.array([files.get(path, files.get(renames.get(path, ""), -1)) for path in self.index.paths], np.int64)

    @cached_property
    def test_of_path(self) -> Integers:
        """The same for test files."""
        tests, renames = self.code.tests, self._renames
        return np.array([tests.get(path, tests.get(renames.get(path, ""), -1)) for path in self.index.paths], np.int64)

    @cached_property
    def owner(self) -> Integers:
        """Memory of each entry of `index.touched`."""
        return np.repeat(np.arange(self.index.size), np.diff(self.index.starts))

    @cached_property
    def busy(self) -> Floats:
        """How much each file changes at all, later changes counting more."""
        return self.spread(np.flatnonzero(self.decay > 0), self.decay)

    @cached_property
    def fixed(self) -> Floats:
        """How often each file was fixed, later fixes counting more."""
        return self.spread(np.flatnonzero(self.index.fixes & (self.decay > 0)), self.decay)

    def spread(self, memories: Integers, strength: Floats) -> Floats:
        """By file, the sum of the strength of the memories that touched it."""
        who, paths = self.touched_by(memories)
        target = self.file_of_path[paths]
        kept = target >= 0
        return np.bincount(target[kept], strength[memories[who[kept]]], len(self.code.files)).astype(np.float64)

    def touched_by(self, numbers: Integers) -> tuple[Integers, Integers]:
        """(position in `numbers`, index of a path) of everything that these memories touched."""
        which, where = slices(self.index.starts[numbers], self.index.breadth(numbers))
        return which, self.index.touched[where]

    @cached_property
    def changed_units(self) -> dict[int, tuple[Integers, Floats]]:
        """By memory the units of code that it changed, as far as they were looked up (rankers.py)."""
        return {}

    @cached_property
    def _renames(self) -> dict[str, str]:
        """Old path to the newest one, through all renames that may be seen."""
        steps = {old: new for number, old, new in self.index.renamed if self.visible[number]}
        found = {}
        for old in steps:
            path, seen = old, set()
            while path in steps and path not in seen:
                seen.add(path)
                path = steps[path]
            found[old] = path
        return found
