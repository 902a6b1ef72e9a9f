"""What a store holds, told so that two stores can be compared: nothing that only says in which order it came."""

import json
from typing import Any

from memcoder.history.repository import Repository
from memcoder.memory.embedder import open_embedder
from memcoder.memory.index import memory_index
from memcoder.memory.recall import recall
from memcoder.memory.store import FIELDS, MemoryStore
from memcoder.memory.vectors import open_collection


def state_of(store: MemoryStore) -> dict[str, Any]:
    """Records, every index that is made of them, and what the stages of mining left, by the records' ids."""
    ask = store.database.execute
    ids = dict(ask("SELECT number, id FROM records"))
    changes = ask("SELECT number, path, old_path, symbols FROM changes").fetchall()
    links = ask("SELECT number, relation, target FROM links").fetchall()
    return {
        "records": {memory.id: memory.model_dump(mode="json") for memory in store.all()},
        "states": dict(ask("SELECT id, count(*) FROM versions GROUP BY id")),
        "qualified": {ids[number] for (number,) in ask("SELECT number FROM records WHERE qualified = 1")},
        "changes": sorted((ids[number], path, old or "", symbols) for number, path, old, symbols in changes),
        "links": sorted((ids[number], relation, target) for number, relation, target in links),
        "words": {field: words_of(store, field) for field in FIELDS},
        "replaced": sorted(ask("SELECT commit_id, owner, lines FROM replaced")),
        "examples": {
            (ids[number], level): (version, features, gold)
            for number, level, version, features, gold in ask("SELECT * FROM examples")
        },
        "vectors": vectors_of(store),
        "embedded": set(ask("SELECT collection, id, worthy FROM embedded")),
        "facts": {name: value for name, value in ask("SELECT name, value FROM meta") if name != "complete"},
        "integrity": ask("PRAGMA integrity_check").fetchone()[0],
    }


def words_of(store: MemoryStore, field: str) -> set[tuple[str, str, int]]:
    """(memory, term, count) of all postings of a field, whatever segments they lie in."""
    index = memory_index(store)
    postings = index.fields[field]
    names = store.vocabulary.names(postings.vocabulary.tolist())
    found = set()
    for at, term in enumerate(postings.vocabulary.tolist()):
        for entry in range(postings.starts[at], postings.starts[at + 1]):
            document = index.ids[int(postings.documents[entry])]
            found.add((document, names[term], int(postings.counts[entry])))
    return found


def vectors_of(store: MemoryStore) -> dict[str, tuple[float, ...]]:
    """Every vector by its memory's id, rounded."""
    embedder = open_embedder(store.settings)
    if embedder is None:
        return {}
    with open_collection(store, embedder) as collection:
        held = collection.get(include=["embeddings"])
    return {
        key: tuple(round(float(x), 5) for x in row) for key, row in zip(held["ids"], held["embeddings"], strict=True)
    }


def answers_of(repo: Repository, store: MemoryStore, *queries: str) -> list[Any]:
    """What recall says to some queries, as its JSON has it."""
    return [json.loads(recall(repo, store, query, as_of="HEAD").model_dump_json()) for query in queries]
