"""All that the rankers of one recall look at: a query, and the revision that it is asked of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from memcoder.memory.among import rows_among
from memcoder.memory.index import Mask, MemoryIndex
from memcoder.memory.postings import Floats, Integers, Matches, Scored
from memcoder.memory.query import Query
from memcoder.memory.signing import verifier
from memcoder.memory.store import FIELDS, MemoryStore
from memcoder.memory.units import Code
from memcoder.memory.view import View

Change = tuple[str, list[str]]
"""A path and the symbols that were changed in it."""


@dataclass(frozen=True)
class Scene:
    """One recall's material; whatever several rankers want is worked out once."""

    store: MemoryStore
    query: Query
    view: View
    near: list[tuple[int, float]] = field(default_factory=list)
    """(memory number, cosine) of the nearest by meaning."""
    scored: dict[str, Scored] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """What each ranker said."""

    @property
    def index(self) -> MemoryIndex:
        return self.view.index

    @property
    def code(self) -> Code:
        return self.view.code

    @property
    def visible(self) -> Mask:
        return self.view.visible

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
            self.scored[field] = self.index.fields[field].select(self.terms).bm25(self.view.lengths(field))
        return self.scored[field]

    @cached_property
    def held_terms(self) -> int:
        """How many of the query's terms a visible memory or the code holds; what others hold must not count."""
        held = set(self.in_code.numbers.tolist())
        for name in FIELDS:
            held.update(self.memory_words(name).held.tolist())
        return len(held)

    def said_by_memories(self, terms: Mapping[int, float], *fields: str) -> Floats:
        """Sum of the BM25 scores of the visible memories over some fields, for some of the query's terms."""
        total = np.zeros(self.index.size)
        for name in fields:
            if terms is self.terms:
                total += self.memory_words(name).scores
            else:
                total += self.index.fields[name].select(terms).bm25(self.view.lengths(name)).scores
        return total

    @cached_property
    def in_code(self) -> Matches:
        """Postings of the query in the code's units."""
        return self.code.words.select(self.terms)

    @cached_property
    def unit_words(self) -> Scored:
        """BM25 of the units."""
        return self.in_code.bm25(self.code.words.lengths)

    def vouched(self, numbers: Integers) -> Integers:
        """Those of some memories whose signatures hold and that are not quarantined: others have no voice.

        What is signed counts, not the index beside it, which somebody may have edited.
        """
        known: dict[int, bool] = self.store.kept("vouched")
        missing = [number for number in numbers.tolist() if number not in known]
        query = "SELECT number, body, signature FROM records JOIN versions USING (seq) WHERE number IN"
        holds = verifier()
        for number, body, signature in rows_among(self.store.database, query, missing):
            known[number] = holds(body, signature) and believed(body)
        return numbers[[known.get(number, False) for number in numbers.tolist()]] if len(numbers) else numbers

    def changes(self, numbers: Integers) -> list[tuple[int, list[Change]]]:
        """What memories changed, path by path with its symbols; read once while the store stays as it is."""
        known: dict[int, list[Change]] = self.store.kept("changes")
        wanted = numbers.tolist()
        missing = [number for number in wanted if number not in known]
        known.update((number, []) for number in missing)
        query = "SELECT number, path, symbols FROM changes WHERE number IN"
        for number, path, symbols in rows_among(self.store.database, query, missing):
            known[number].append((path, json.loads(symbols)))
        return [(number, known[number]) for number in wanted]


def believed(body: str) -> bool:
    """Whether a signed record says of itself that it is not quarantined."""
    return bool(json.loads(body).get("trust") != "quarantined")
