"""Plain search over all memories of a store, for people: no cut in time, quarantined ones included and marked."""

from memcoder.memory.lexical import search
from memcoder.memory.rankers import memory_corpus, query_terms
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory


def find_by_words(store: MemoryStore, query: str, most: int) -> list[tuple[Memory, float]]:
    """The memories that share most with the query, with their BM25 score."""
    ids: dict[int, str] = dict(store.database.execute("SELECT number, id FROM records"))
    hits = search(store.database, memory_corpus(store, ids), query_terms(query))
    found = ((store.get(ids[number]), round(hits.scores[number], 3)) for number in hits.best(most))
    return [(memory, score) for memory, score in found if memory is not None]
