"""Plain search over all memories of a store, for people: no cut in time, quarantined ones included and marked."""

import numpy as np

from memcoder.memory.fusion import ordered
from memcoder.memory.index import memory_index
from memcoder.memory.query import Query
from memcoder.memory.store import FIELDS, MemoryStore
from memcoder.records import Memory


def find_by_words(store: MemoryStore, query: str, most: int) -> list[tuple[Memory, float]]:
    """The memories that share most with the query, with the sum of their BM25 scores over all fields."""
    index = memory_index(store)
    terms = store.vocabulary.numbered(Query(query).weights)
    scores = np.zeros(index.size)
    for name in FIELDS:
        postings = index.fields[name]
        scores += postings.select(terms).bm25(postings.lengths).scores
    found = ((store.get(index.ids[number]), round(float(scores[number]), 3)) for number in ordered(scores)[:most])
    return [(memory, score) for memory, score in found if memory is not None]
