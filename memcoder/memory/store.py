"""Where memories live: one SQLite file a repository, outside the working tree and `.git`.

Records are the truth, and every state a record ever had stays. Indexes (terms, changes, units of code, vectors) are
made from them and may be dropped.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memcoder.config import Settings, home
from memcoder.errors import FaultError
from memcoder.memory.migrations import migrate
from memcoder.memory.signing import body_of, key_mark, sign, verify
from memcoder.memory.terms import Vocabulary
from memcoder.records import Kind, Memory

if TYPE_CHECKING:
    from filelock import FileLock

INDEX = "1"
"""Version of the lexical index and its words; a store that has another is indexed anew."""
PAST_FIXES = "3"
"""Version of the past fixes that weights are learned from; with another one they are worked out anew."""
FIELDS = ("message", "places", "diff")
"""What is indexed of a memory: what was said, where it was changed, and the words of the changed lines."""
WRITE_HINT = "free the disk, or wait for the process that holds it; what was kept before stands"
BUSY_SECONDS = 60.0
BODY_LIMIT = 8_000
"""Characters of a message's body that are indexed."""


def store_folder(settings: Settings, repository_key: str) -> Path:
    """Where the store of a repository lies, or would."""
    return settings.store or home() / "stores" / repository_key


class MemoryStore:
    """The memories of one repository; open it with `MemoryStore.open`."""

    def __init__(self, folder: Path, settings: Settings, key: str, database: sqlite3.Connection) -> None:
        self.folder = folder
        self.settings = settings
        self.repository_key = key
        self.database = database
        self.cache: dict[Any, Any] = {}
        """What readers keep between queries; emptied when a record changes."""
        self.vocabulary = Vocabulary(database)
        self._documents: list[tuple[int, dict[str, dict[int, int]]]] = []
        """Number and fields of what the running transaction put; written as one segment at its end."""

    @classmethod
    @contextmanager
    def open(cls, settings: Settings, repository_key: str) -> Iterator["MemoryStore"]:
        """The store of a repository, made where there is none. Raises FaultError where its file cannot be used."""
        folder = store_folder(settings, repository_key)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            database = _connect(folder / "records.sqlite")
        except (OSError, sqlite3.Error) as error:
            raise FaultError(f"the memory store in {folder} cannot be opened: {error}", _way_out(error)) from error
        store = cls(folder, settings, repository_key, database)
        try:
            yield store
        finally:
            database.close()

    def put(self, memories: Iterable[Memory]) -> int:
        """Sign and keep memories, all or none; returns how many are new or changed. The same again is no change."""
        changed = 0
        with self.writing():
            for memory in memories:
                body = body_of(memory)
                if self._latest(memory.id) != (body, sign(body)):
                    self.append(memory, body, sign(body))
                    changed += 1
        return changed

    def append(self, memory: Memory, body: str, signature: str) -> None:
        """A new state of a record, inside `writing`; for callers that bring a signature of their own."""
        cursor = self.database.execute(
            "INSERT INTO versions (id, at, body, signature) VALUES (?, ?, ?, ?)",
            (memory.id, int(time.time()), body, signature),
        )
        origin = memory.provenance
        trust = "retired" if memory.retired else memory.trust
        row = (memory.kind, trust, origin.commit, origin.time, cursor.lastrowid, memory.change.kind, memory.id)
        number = self.database.execute(
            "INSERT INTO records (kind, trust, commit_id, time, seq, change, id) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, trust = excluded.trust, "
            "commit_id = excluded.commit_id, time = excluded.time, seq = excluded.seq, change = excluded.change "
            "RETURNING number",
            row,
        ).fetchone()[0]
        self._index(number, memory)

    def get(self, memory_id: str) -> Memory | None:
        """A memory; one whose signature is broken comes back as quarantined."""
        found = self._latest(memory_id)
        return _load(*found) if found else None

    def find(self, prefix: str) -> list[str]:
        """Ids that start with a prefix, twenty at most."""
        rows = self.database.execute(
            "SELECT id FROM records WHERE substr(id, 1, ?) = ? ORDER BY id LIMIT 20", (len(prefix), prefix)
        )
        return [row[0] for row in rows]

    def all(self, kind: Kind | None = None) -> Iterator[Memory]:
        """Every memory, or those of a kind, in the order in which they came."""
        for _, body, signature in self.bodies(kind):
            yield _load(body, signature)

    def bodies(self, kind: Kind | None = None) -> Iterator[tuple[int, str, str]]:
        """Number, body and signature of each record's latest state."""
        query = "SELECT number, body, signature FROM records JOIN versions USING (seq)"
        # Read whole before it is walked: callers may write while they walk.
        if kind is None:
            yield from self.database.execute(query + " ORDER BY number").fetchall()
        else:
            yield from self.database.execute(query + " WHERE records.kind = ? ORDER BY number", (kind,)).fetchall()

    def known_commits(self) -> set[str]:
        """Commits that need not be mined again.

        After a change of the key, or a `reindex`, those whose signature does not hold are not among them: what git
        can give back is made again.
        """
        rows = self.database.execute("SELECT id FROM records WHERE kind = 'commit' AND trust != 'quarantined'")
        known = {row[0] for row in rows}
        if self.meta("key") == key_mark():
            return known
        return known - {json.loads(body)["id"] for _, body, mark in self.bodies("commit") if not verify(body, mark)}

    def meta(self, name: str) -> str | None:
        """A fact about the store."""
        row = self.database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Keep a fact about the store."""
        with self.writing():
            self.database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    def history(self, memory_id: str) -> list[tuple[int, Memory]]:
        """Every state of a record with the time it was put, oldest first."""
        rows = self.database.execute("SELECT at, body, signature FROM versions WHERE id = ? ORDER BY seq", (memory_id,))
        return [(at, _load(body, signature)) for at, body, signature in rows]

    def stats(self) -> dict[str, Any]:
        """Counts by kind and trust, and how many records were edited outside; reads every record."""
        kinds: dict[str, int] = {}
        trusts: dict[str, int] = {}
        broken = 0
        for _, body, signature in self.bodies():
            memory = json.loads(body)
            good = verify(body, signature)
            broken += not good
            trust = memory["trust"] if good else "quarantined"
            kinds[memory["kind"]] = kinds.get(memory["kind"], 0) + 1
            trusts[trust] = trusts.get(trust, 0) + 1
        versions = self.database.execute("SELECT count(*) FROM versions").fetchone()[0]
        size = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        return {
            "folder": str(self.folder),
            "records": sum(kinds.values()),
            "kinds": kinds,
            "trust": trusts,
            "broken_signatures": broken,
            "versions": versions,
            "bytes": size,
        }

    def reindex(self) -> int:
        """Make every index anew from the records; returns how many. Vectors are made at the next `mine`."""
        with self.writing():
            for table in ("changes", "links", "segments", "terms", "embedded", "blobs"):
                self.database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            self.vocabulary.forget()
            self.database.execute("UPDATE records SET qualified = 0")
            count = 0
            for number, body, signature in self.bodies():
                self._index(number, _load(body, signature))
                count += 1
            self.set_meta("indexed", INDEX)
            # The next mine checks every signature, and whether anything is missing.
            self.database.execute("DELETE FROM meta WHERE name IN ('key', 'complete')")
        return count

    def require_index(self) -> None:
        """Make the index anew where it is of another version, as after an update."""
        if self.meta("indexed") == INDEX:
            return
        if self.database.execute("SELECT 1 FROM records LIMIT 1").fetchone():
            self.reindex()
        else:
            self.set_meta("indexed", INDEX)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of the block or nothing. A block inside another belongs to it."""
        if self.database.in_transaction:
            yield
            return
        try:
            self.database.execute("BEGIN IMMEDIATE")
            self.vocabulary.follow()
            yield
            self._write_segment()
            self.database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise FaultError(f"the memory store in {self.folder} cannot be written: {error}", WRITE_HINT) from error
        finally:
            # Whatever went wrong; SQLite itself takes a transaction back when the disk is full.
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
                self.vocabulary.forget()
            if self._documents:
                self.cache.clear()
            self._documents.clear()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several questions about one state of the store, whatever other processes write meanwhile."""
        if self.database.in_transaction:
            yield
            return
        self.database.execute("BEGIN")
        try:
            yield
        finally:
            self.database.execute("COMMIT")

    def state(self) -> tuple[int, int]:
        """Changes with every write to the store, by this process or another one."""
        others = self.database.execute("PRAGMA data_version").fetchone()[0]
        return self.database.total_changes, int(others)

    def kept(self, name: str) -> dict[Any, Any]:
        """A place for what was read or worked out, empty again as soon as anything was written to the store."""
        state = self.state()
        if self.cache.get(name, (None,))[0] != state:
            self.cache[name] = state, {}
        found: dict[Any, Any] = self.cache[name][1]
        return found

    def lock(self, name: str) -> "FileLock":
        """A lock between processes, a file in the store's folder."""
        from filelock import FileLock

        return FileLock(self.folder / f"{name}.lock")

    def _latest(self, memory_id: str) -> tuple[str, str] | None:
        row = self.database.execute(
            "SELECT body, signature FROM records JOIN versions USING (seq) WHERE records.id = ?", (memory_id,)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def _index(self, number: int, memory: Memory) -> None:
        """Replace what the indexes hold of a record."""
        for table in ("changes", "links"):
            self.database.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608 - our own names
        self._documents.append((number, self._fields(memory)))
        self.database.executemany(
            "INSERT INTO changes (number, path, old_path, symbols) VALUES (?, ?, ?, ?)",
            [(number, file.path, file.old_path, json.dumps(file.symbols)) for file in memory.change.files],
        )
        self.database.executemany(
            "INSERT INTO links (number, relation, target) VALUES (?, ?, ?)",
            [(number, link.relation, link.target) for link in memory.links],
        )

    def _fields(self, memory: Memory) -> dict[str, dict[int, int]]:
        """The terms of a memory by field: each term's number with its count."""
        subject, _, body = memory.message.strip().partition("\n")
        distilled = " ".join((*memory.keywords, memory.problem or "", memory.root_cause or "", memory.solution or ""))
        places = " ".join(part for file in memory.change.files for part in (file.path, *file.symbols))
        count = self.vocabulary.count
        return {
            "message": count((subject, 2), (body[:BODY_LIMIT], 1), (distilled, 1)),
            "places": count((places, 1)),
            "diff": count((changed_text(memory.change.patch), 1)),
        }

    def _write_segment(self) -> None:
        if not self._documents:
            return
        import numpy as np

        from memcoder.memory.postings import Rows

        numbers = np.array([number for number, _ in self._documents], np.int64).tobytes()
        for field in FIELDS:
            rows = Rows.of([fields[field] for _, fields in self._documents])
            self.database.execute(
                "INSERT INTO segments (field, numbers, sizes, terms, counts) VALUES (?, ?, ?, ?, ?)",
                (field, numbers, *rows.blobs()),
            )


def _way_out(error: Exception) -> str:
    """What to do about a store that cannot be opened."""
    if isinstance(error, OSError):
        return "give a folder that can be written: --store, or MEMCODER_HOME"
    if isinstance(error, sqlite3.OperationalError):
        return "free the disk, and see that records.sqlite there can be written"
    return "move records.sqlite away and mine again, and import what you exported; only humans' words are not in git"


def changed_text(patch: str) -> str:
    """The added and deleted lines of a unified diff."""
    lines = patch.split("\n")
    return "\n".join(line[1:] for line in lines if line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- "))


def _load(body: str, signature: str) -> Memory:
    memory = Memory.model_validate_json(body)
    return memory if verify(body, signature) else memory.model_copy(update={"trust": "quarantined"})


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database
