"""Rankers: each a small function from a query to an ordered list of what it would look at, with its reason.

Each can be left out; fusion does not know what they are. Why these: lexical ranking beats dense on code, functions
beat whole files, and the votes of past commits add to both.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from memcoder.memory.lexical import Corpus, search
from memcoder.memory.store import MEMORY_WEIGHTS, MemoryStore
from memcoder.memory.text import words
from memcoder.memory.units import MODULE, Code, Unit
from memcoder.records import Memory

DEPTH = 50
"""Candidates a ranker gives at most."""
FILES_LIMIT = 30
"""A commit that touches more files says little about any of them."""
IDENTIFIER = re.compile(
    r"`([A-Za-z_][\w.]*)`|\b([A-Za-z_]\w*_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w*)\b|\b([a-z_]\w{2,})(?=\()"
)
PATH = re.compile(r"[\w./-]+\.\w{1,4}\b")


Key = TypeVar("Key", int, str)


@dataclass(frozen=True)
class Hit(Generic[Key]):
    """One candidate of a ranker, in its order: a memory's id, or a unit's number."""

    key: Key
    score: float
    detail: str = ""


def query_terms(query: str) -> dict[str, float]:
    """Words of a query with their weights: the title's count twice, repetition counts a little."""
    title, _, body = query.strip().partition("\n")
    weights: dict[str, float] = defaultdict(float)
    for word in words(title):
        weights[word] += 2.0
    for word in words(body):
        weights[word] += 1.0
    return {word: weight**0.5 for word, weight in weights.items()}


def memories_by_words(store: MemoryStore, corpus: Corpus, ids: dict[int, str], query: str) -> list[Hit[str]]:
    """BM25 over message, paths and symbols of the memories that may be seen. Two shared words are the least."""
    terms = query_terms(query)
    hits = search(store.database, corpus, terms)
    least = min(2, len(terms))
    found = []
    for number in hits.best(DEPTH):
        if len(hits.matched[number]) >= least:
            found.append(Hit(ids[number], hits.scores[number], "shares " + ", ".join(hits.matched[number][:4])))
    return found


def memories_by_vectors(near: Sequence[tuple[str, float]], least: float) -> list[Hit[str]]:
    """The nearest by meaning; below `least` (cosine) nothing is near."""
    return [Hit(key, value, f"cosine {value:.2f}") for key, value in near if value >= least]


def units_by_votes(code: Code, memories: Sequence[tuple[Memory, float]], renames: Mapping[str, str]) -> list[Hit[int]]:
    """What the recalled memories changed: each votes with its squared score, shared among the files it touched."""
    by_symbol = {(unit.path, unit.qualified): unit for unit in code.units.values()}
    votes: dict[int, float] = defaultdict(float)
    reasons: dict[int, tuple[float, str]] = {}
    for memory, score in memories:
        files = memory.change.files
        if not files or len(files) > FILES_LIMIT:
            continue
        vote = score * score / len(files) ** 0.5
        for unit, share in _touched(memory, by_symbol, code.files, renames):
            votes[unit.number] += vote * share
            if vote * share > reasons.get(unit.number, (0.0, ""))[0]:
                reasons[unit.number] = (vote * share, f"{_short(memory)} {memory.subject[:80]}")
    ordered = sorted(votes, key=lambda number: (-votes[number], number))[:DEPTH]
    return [Hit(number, votes[number], reasons[number][1]) for number in ordered]


def _short(memory: Memory) -> str:
    return memory.id[:10] if memory.kind == "commit" else memory.id


def _touched(
    memory: Memory, by_symbol: dict[tuple[str, str], Unit], files: frozenset[str], renames: Mapping[str, str]
) -> list[tuple[Unit, float]]:
    """Units a memory changed that are still there, with their share of its vote; else the file's own lines."""
    found = []
    for change in memory.change.files:
        path = change.path if change.path in files else renames.get(change.path, change.path)
        units = [by_symbol[path, name] for name in change.symbols if (path, name) in by_symbol]
        # A commit that touches many functions of a file says less of each.
        found += [(unit, len(units) ** -0.5) for unit in units]
        if not units and (path, "") in by_symbol:
            found.append((by_symbol[path, ""], 0.5))
    return found


def renames_among(store: MemoryStore, allowed: Mapping[int, str]) -> dict[str, str]:
    """Old path to the newest one, through all renames that the allowed memories tell of."""
    rows = store.database.execute(
        "SELECT number, old_path, path FROM changes WHERE old_path IS NOT NULL ORDER BY number"
    )
    steps = {old: new for number, old, new in rows if number in allowed}
    found = {}
    for old in steps:
        path, seen = old, set()
        while path in steps and path not in seen:
            seen.add(path)
            path = steps[path]
        found[old] = path
    return found


def units_by_words(store: MemoryStore, code: Code, query: str) -> list[Hit[int]]:
    """BM25 over the code as of the commit, by function."""
    hits = search(store.database, code.corpus, query_terms(query))
    return [
        Hit(number, hits.scores[number], "shares " + ", ".join(hits.matched[number][:4])) for number in hits.best(DEPTH)
    ]


def units_by_name(code: Code, query: str) -> list[Hit[int]]:
    """Functions and classes that the query names, in its order."""
    named: dict[str, None] = {}
    for groups in IDENTIFIER.findall(query):
        name = next(part for part in groups if part)
        named |= {name: None, name.rpartition(".")[2]: None}
    order = {name: at for at, name in enumerate(named)}
    found = [unit for unit in code.units.values() if unit.name in order and unit.kind != MODULE]
    found.sort(key=lambda unit: (order[unit.name], unit.number))
    return [Hit(unit.number, 1.0, f"the issue names {unit.name}") for unit in found[:DEPTH]]


def units_by_path(code: Code, query: str) -> list[Hit[int]]:
    """Units of the files that the query names by path, in its order."""
    quoted = [path.strip("./") for path in PATH.findall(query)]
    found = []
    for at, name in enumerate(dict.fromkeys(quoted)):
        for unit in code.units.values():
            if name and (unit.path == name or unit.path.endswith("/" + name)):
                found.append((at, unit.kind == MODULE, unit.number, name))
    return [Hit(number, 1.0, f"the issue names {name}") for _, _, number, name in sorted(found)[:DEPTH]]


def memory_corpus(store: MemoryStore, allowed: dict[int, str]) -> Corpus:
    """The lexical corpus of the memories that may be seen (number → id)."""
    lengths = np.zeros(max(allowed, default=0) + 1)
    for number, length in store.database.execute("SELECT number, length FROM memory_length"):
        if number in allowed:
            lengths[number] = length
    return Corpus("memory_terms", MEMORY_WEIGHTS, lengths)
