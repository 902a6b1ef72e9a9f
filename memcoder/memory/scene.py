"""All that the rankers of one recall look at: the query, the memories that may be seen, the code as of the commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from memcoder.memory.index import Mask, MemoryIndex
from memcoder.memory.postings import Floats, Integers, Matches, Scored
from memcoder.memory.query import Query
from memcoder.memory.store import MemoryStore
from memcoder.memory.units import Code

BREADTH = 30
"""A commit that touches more files says little about any of them."""
HALF_LIFE = 4 * 365.25 * 86400
"""Seconds after which a commit's word counts half."""


@dataclass(frozen=True)
class Scene:
    """One recall's material; whatever several rankers want is worked out once."""

    store: MemoryStore
    query: Query
    index: MemoryIndex
    visible: Mask
    code: Code
    near: list[tuple[int, float]] = field(default_factory=list)
    """(memory number, cosine) of the nearest by meaning."""
    scored: dict[str, Scored] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """What each ranker said."""

    @cached_property
    def terms(self) -> dict[int, float]:
        """Numbers of the query's terms with their weights."""
        return self.store.vocabulary.numbered(self.query.weights)

    @cached_property
    def title_terms(self) -> dict[int, float]:
        """The same of the title alone."""
        return self.store.vocabulary.numbered(self.query.title_weights)

    def memory_words(self, field: str) -> Scored:
        """BM25 of the visible memories over one field of the index."""
        if field not in self.scored:
            postings = self.index.fields[field]
            lengths = np.where(self.visible, postings.lengths, 0.0)
            self.scored[field] = postings.select(self.terms).bm25(lengths)
        return self.scored[field]

    def said_by_memories(self, terms: Mapping[int, float], *fields: str) -> Floats:
        """Sum of the BM25 scores of the visible memories over some fields, for some of the query's terms."""
        total = np.zeros(self.index.size)
        for name in fields:
            if terms is self.terms:
                total += self.memory_words(name).scores
                continue
            postings = self.index.fields[name]
            total += postings.select(terms).bm25(np.where(self.visible, postings.lengths, 0.0)).scores
        return total

    @cached_property
    def in_code(self) -> Matches:
        """Postings of the query in the code's units."""
        return self.code.words.select(self.terms)

    @cached_property
    def unit_words(self) -> Scored:
        """BM25 of the units."""
        return self.in_code.bm25(self.code.words.lengths)

    @cached_property
    def now(self) -> float:
        """Time of the newest memory that may be seen."""
        times = self.index.times[self.visible]
        return float(times.max()) if len(times) else 0.0

    @cached_property
    def decay(self) -> Floats:
        """By memory: what its word counts for its age, for how many files it touched; 0 where it has none."""
        breadth = np.diff(self.index.starts)
        votes = self.visible & ~self.index.unseen & (breadth > 0) & (breadth <= BREADTH)
        age = np.maximum(self.now - self.index.times, 0.0)
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

    def touched_by(self, numbers: Integers) -> tuple[Integers, Integers]:
        """(position in `numbers`, index of a path) of everything that these memories touched."""
        starts, sizes = self.index.starts[numbers], self.index.breadth(numbers)
        total = int(sizes.sum())
        offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes) if total else starts[:0]
        return np.repeat(np.arange(len(numbers)), sizes), self.index.touched[np.arange(total) + offsets]
