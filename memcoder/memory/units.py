"""The code of a revision as units (functions, classes' and modules' own lines), indexed once a blob.

Moving from one revision to another costs what differs: each blob's units and terms are kept under its hash.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from memcoder.history.blobs import BlobReader
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.history.symbols import Symbol, language_of, symbols
from memcoder.memory.among import rows_among
from memcoder.memory.postings import Floats, Postings, Rows
from memcoder.memory.store import MemoryStore

NAME_WEIGHT = 3
"""What a word of a unit's qualified name counts by, against one of its lines."""
MODULE = "module"
TEST = "test"
"""Language under which a test file is kept: one unit, its words alone."""
DOCUMENTS = frozenset({"doc", "docs", "examples", "example", "tutorials", "benchmarks", "asv_bench", "galleries"})
"""Top folders whose code shows how to use the product; fixes are made elsewhere."""
ENDINGS = """
.c .cc .clj .cpp .cs .cxx .dart .erl .ex .exs .f90 .go .groovy .h .hh .hpp .hs .java .jl .kt .lua .m .ml .mm .php .pl
.pm .pyx .r .rb .rs .scala .sh .sql .svelte .swift .vue .zig
"""
OTHER_SOURCES = frozenset(ENDINGS.split())
"""Code in languages without a grammar here: found by the file."""
SIZE_LIMIT = 300_000
"""Bytes; larger files are generated or data."""


class Unit(NamedTuple):
    """A unit of code as of one commit; lines count from 1, `last` is inclusive."""

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
    """All code of a commit, ready to be searched: units and files by number."""

    commit: str
    units: list[Unit]
    file_of: npt.NDArray[np.int32]
    """Number of each unit's file."""
    files: dict[str, int]
    """Product files with their numbers."""
    files_called: dict[str, list[tuple[str, int]]]
    """The same by the last part of their paths."""
    words: Postings
    """Documents are units."""
    file_lengths: Floats
    tests: dict[str, int]
    test_words: Postings
    """Documents are test files."""
    path_words: Postings
    """Documents are product files; words of their paths."""
    placed: dict[tuple[int, str], list[int]]
    """Units by file and name."""
    named: dict[str, list[int]]
    """Units by name; modules' own lines are under the empty one."""
    module_of: dict[int, int]
    """A file's own lines as a unit, by the file's number."""


def code_at(repo: Repository, store: MemoryStore, commit: str) -> Code:
    """The code as of a commit; blobs that were never seen are indexed first."""
    if "code" not in store.cache or store.cache["code"].commit != commit:
        wanted = {path: (blob, language) for path, blob in repo.tree(commit).items() if (language := _language(path))}
        index_missing(repo, store, {pair: path for path, pair in wanted.items()})
        store.cache["code"] = _load(store, commit, wanted)  # one revision at a time: each takes tens of MB
    code: Code = store.cache["code"]
    return code


def _language(path: str) -> str:
    """Under which a file is kept: `test`, the grammar, or the ending of a source file; empty for what is no code."""
    ending = path[path.rfind(".") :].lower()
    language = language_of(path) or (ending if ending in OTHER_SOURCES else "")
    if language and is_test_path(path):
        return TEST
    return "" if path.partition("/")[0].lower() in DOCUMENTS else language


def index_missing(repo: Repository, store: MemoryStore, wanted: Mapping[tuple[str, str], str]) -> int:
    """Index the (blob, language) pairs that were never seen; how many there were. A blob's path says how to parse."""
    known = _known(store)
    missing = {pair: path for pair, path in wanted.items() if pair not in known}
    if not missing:
        return 0
    with BlobReader(repo.path) as blobs, store.writing():
        for (blob, language), path in missing.items():
            source = blobs.read(blob) or b""
            if blob in blobs.lacked:
                continue  # it may be fetched later
            source = source if len(source) <= SIZE_LIMIT else b""
            found = units_of(path, source, language)
            # Another process may have indexed it meanwhile.
            store.database.execute(
                "INSERT OR IGNORE INTO blobs (blob, language, units, sizes, terms, counts) VALUES (?, ?, ?, ?, ?, ?)",
                (blob, language, json.dumps([symbol for symbol, _ in found]), *_rows(store, found).blobs()),
            )
            known.add((blob, language))
    return len(missing)


def _known(store: MemoryStore) -> set[tuple[str, str]]:
    if "blobs" not in store.cache:
        store.cache["blobs"] = set(store.database.execute("SELECT blob, language FROM blobs"))
    known: set[tuple[str, str]] = store.cache["blobs"]
    return known


def units_of(path: str, source: bytes, language: str) -> list[tuple[tuple[str, str, str, int, int], str]]:
    """(name, qualified name, kind, first and last line) of each unit, with the lines that are its own."""
    lines = source.decode("utf-8", "replace").splitlines()
    found = [] if language == TEST else _outermost(symbols(path, source), language)
    owner = [-1] * (len(lines) + 2)
    for at, symbol in sorted(enumerate(found), key=lambda pair: pair[1].start - pair[1].end):
        for within in range(symbol.start, min(symbol.end, len(lines)) + 1):
            owner[within] = at
    own: dict[int, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        own.setdefault(owner[number], []).append(line)
    module = ("", "", MODULE, 1, max(1, len(lines)))
    return [(_facts(found[at]) if at >= 0 else module, "\n".join(text)) for at, text in sorted(own.items())]


def _facts(symbol: Symbol) -> tuple[str, str, str, int, int]:
    return symbol.name, symbol.qualified, symbol.kind, symbol.start, symbol.end


def _outermost(found: list[Symbol], language: str) -> list[Symbol]:
    """In Python what is defined inside a function is a part of it; in other languages a function may be a module."""
    if language != "python":
        return found
    kept, end = [], 0
    for symbol in found:
        if symbol.start > end:
            kept.append(symbol)
            end = symbol.end if symbol.kind != "class" else end
    return kept


def _rows(store: MemoryStore, found: list[tuple[tuple[str, str, str, int, int], str]]) -> Rows:
    return Rows.of([store.vocabulary.count((facts[1], NAME_WEIGHT), (text, 1)) for facts, text in found])


def _load(store: MemoryStore, commit: str, wanted: Mapping[str, tuple[str, str]]) -> Code:
    kept = _read_blobs(store, {blob for blob, _ in wanted.values()})
    product = [path for path in sorted(wanted) if wanted[path][1] != TEST and wanted[path] in kept]
    tests = [path for path in sorted(wanted) if wanted[path][1] == TEST and wanted[path] in kept]
    units: list[Unit] = []
    sizes = []
    for path in product:
        before = len(units)
        units += [Unit(path, *facts) for facts in json.loads(kept[wanted[path]][0])]
        sizes.append(len(units) - before)
    file_of = np.repeat(np.arange(len(product), dtype=np.int32), sizes)
    words = Postings.of(Rows.joined([Rows.from_blobs(*kept[wanted[path]][1:]) for path in product]))
    named: dict[str, list[int]] = {}
    placed: dict[tuple[int, str], list[int]] = {}
    for number, (unit, file) in enumerate(zip(units, file_of.tolist(), strict=True)):
        named.setdefault(unit.name, []).append(number)
        placed.setdefault((file, unit.name), []).append(number)
    return Code(
        commit=commit,
        units=units,
        file_of=file_of,
        files={path: number for number, path in enumerate(product)},
        files_called=_by_last_part(product),
        words=words,
        file_lengths=np.bincount(file_of, words.lengths, len(product)).astype(np.float64),
        tests={path: number for number, path in enumerate(tests)},
        test_words=Postings.of(_test_rows(kept[wanted[path]][1:] for path in tests)),
        path_words=_path_words(store, product),
        placed=placed,
        named=named,
        module_of={int(file_of[number]): number for number in named.get("", [])},
    )


def _by_last_part(paths: list[str]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for number, path in enumerate(paths):
        found.setdefault(path.rpartition("/")[2], []).append((path, number))
    return found


def _read_blobs(store: MemoryStore, blobs: set[str]) -> dict[tuple[str, str], tuple[str, bytes, bytes, bytes]]:
    query = "SELECT blob, language, units, sizes, terms, counts FROM blobs WHERE blob IN"
    rows = rows_among(store.database, query, sorted(blobs))
    return {(blob, language): (units, sizes, terms, counts) for blob, language, units, sizes, terms, counts in rows}


def _test_rows(kept: Iterable[tuple[bytes, bytes, bytes]]) -> Rows:
    """One document a test file, also where it is empty and has no unit."""
    parts = [Rows.from_blobs(*blobs) for blobs in kept]
    empty = Rows(np.zeros(1, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint16))
    return Rows.joined([part if len(part.sizes) else empty for part in parts])


def _path_words(store: MemoryStore, paths: list[str]) -> Postings:
    """Words of paths are read, not numbered: what stands in no memory and no code cannot be asked for."""
    from memcoder.memory.text import counted, terms_of

    documents = [[term for word in counted(path.rpartition(".")[0]) for term in terms_of(word)] for path in paths]
    known = store.vocabulary.known({term for document in documents for term in document})
    return Postings.of(Rows.of([{known[term]: 1 for term in document if term in known} for document in documents]))
