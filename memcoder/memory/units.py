"""The code of a revision as units (functions, methods, classes' own lines, modules' own lines), indexed once a blob."""

from dataclasses import dataclass

import numpy as np

from memcoder.history.blobs import BlobReader
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.history.symbols import Symbol, language_of, symbols
from memcoder.memory.lexical import Corpus
from memcoder.memory.store import MemoryStore
from memcoder.memory.text import words

WEIGHTS = {"name": 3.0, "body": 1.0}
MODULE = "module"
ENDINGS = """
.c .cc .clj .cpp .cs .cxx .dart .erl .ex .exs .f90 .go .groovy .h .hh .hpp .hs .java .jl .kt .lua .m .ml .mm .php .pl
.pm .pyx .r .rb .rs .scala .sh .sql .svelte .swift .vue .zig
"""
OTHER_SOURCES = frozenset(ENDINGS.split())
"""Code in languages without a grammar here: found by the file."""
SIZE_LIMIT = 300_000
"""Bytes; larger files are generated or data."""


@dataclass(frozen=True)
class Unit:
    """A unit of code as of one commit; lines count from 1, `last` is inclusive."""

    number: int
    path: str
    name: str
    qualified: str
    kind: str
    first: int
    last: int

    @property
    def symbol(self) -> str | None:
        """The qualified name; None for a module's own lines."""
        return self.qualified or None


@dataclass(frozen=True)
class Code:
    """All product code of a commit, ready to be searched."""

    units: dict[int, Unit]
    corpus: Corpus
    files: frozenset[str]


def code_at(repo: Repository, store: MemoryStore, commit: str) -> Code:
    """The code as of a commit; blobs that were never seen are indexed first. Tests are left out."""
    key = ("code", commit)
    if key not in store.cache:
        tree = repo.tree(commit)
        wanted = {path: blob for path, blob in tree.items() if _language(path) and not is_test_path(path)}
        _index_missing(repo, store, wanted)
        store.cache[key] = _load(store, wanted, frozenset(tree))
    code: Code = store.cache[key]
    return code


def _language(path: str) -> str:
    """The grammar or, where there is none, the ending of a source file; empty for what is no code."""
    ending = path[path.rfind(".") :].lower()
    return language_of(path) or (ending if ending in OTHER_SOURCES else "")


def _index_missing(repo: Repository, store: MemoryStore, wanted: dict[str, str]) -> None:
    known = {(blob, language) for blob, language in store.database.execute("SELECT blob, language FROM blobs")}
    missing = {(blob, _language(path)): path for path, blob in wanted.items()}
    missing = {key: path for key, path in missing.items() if key not in known}
    if not missing:
        return
    with BlobReader(repo.path) as blobs, store.writing():
        for (blob, language), path in missing.items():
            source = blobs.read(blob) or b""
            source = source if len(source) <= SIZE_LIMIT else b""
            claim = "INSERT OR IGNORE INTO blobs (blob, language) VALUES (?, ?)"
            if not store.database.execute(claim, (blob, language)).rowcount:
                continue  # another process indexed it meanwhile
            for symbol, text in _units(path, source):
                _insert(store, blob, language, symbol, text)


def _units(path: str, source: bytes) -> list[tuple[Symbol, str]]:
    """Each symbol with the lines that are its own (not an inner symbol's), and the module's own lines."""
    lines = source.decode("utf-8", "replace").splitlines()
    found = symbols(path, source)
    owner: dict[int, int] = {}
    for at, symbol in sorted(enumerate(found), key=lambda pair: pair[1].start - pair[1].end):
        owner.update(dict.fromkeys(range(symbol.start, symbol.end + 1), at))
    own: dict[int, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        own.setdefault(owner.get(number, -1), []).append(line)
    module = Symbol("", "", MODULE, 1, max(1, len(lines)))
    return [(found[at] if at >= 0 else module, "\n".join(text)) for at, text in sorted(own.items())]


def _insert(store: MemoryStore, blob: str, language: str, symbol: Symbol, text: str) -> None:
    name, body = words(symbol.qualified), words(text)
    length = WEIGHTS["name"] * len(name) + WEIGHTS["body"] * len(body)
    cursor = store.database.execute(
        "INSERT INTO units (blob, language, name, qualified, kind, first, last, length) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (blob, language, symbol.name, symbol.qualified, symbol.kind, symbol.start, symbol.end, max(length, 1.0)),
    )
    store.database.execute(
        "INSERT INTO code_text (rowid, name, body) VALUES (?, ?, ?)", (cursor.lastrowid, " ".join(name), " ".join(body))
    )


def _load(store: MemoryStore, wanted: dict[str, str], files: frozenset[str]) -> Code:
    paths: dict[tuple[str, str], str] = {}
    for path, blob in wanted.items():
        paths.setdefault((blob, _language(path)), path)  # copies of one file stand for one another
    rows = store.database.execute(
        "SELECT number, blob, language, name, qualified, kind, first, last, length FROM units ORDER BY number"
    ).fetchall()
    lengths = np.zeros(rows[-1][0] + 1 if rows else 1)
    units = {}
    for number, blob, language, name, qualified, kind, first, last, length in rows:
        where = paths.get((blob, language))
        if where is not None:
            lengths[number] = length
            units[number] = Unit(number, where, name, qualified, kind, first, last)
    return Code(units, Corpus("code_terms", WEIGHTS, lengths), files)
