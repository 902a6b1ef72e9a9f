"""Vectors of memories in Chroma: an index that can be thrown away and built again from the records.

One process owns the embedded database at a time, under a file lock: two clients on one directory lose vectors
silently (Chroma 1.5.9). The collection's name carries the embedder's, so another embedder never reads its vectors.
Which record is in it, in which version, stands in the store's table `embedded`.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from memcoder.errors import FaultError, MissingError
from memcoder.memory.embedder import Embedder, embedder_name, open_embedder
from memcoder.memory.sound import looks_whole, require_sound, seal
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BATCH = 256
"""Chroma takes 5,461 at most; small batches show progress."""
CHARACTERS = 300
UNWORTHY = frozenset({"merge", "release", "dependency", "format"})
"""Kinds of change that nobody asks for: they are found by words, and get no vector; nor do policies."""
QUERY_CHARACTERS = 400
"""Of a query that are embedded: its title and first sentences, which is what a subject is compared with."""
OVERFETCH = 4
RECALL_WAITS = 2.0
"""Seconds that a query waits for another process; after that words alone answer."""
Progress = Callable[[str, int, int], None]
"""Called as (what, done, total)."""


def embed_missing(store: MemoryStore, progress: Progress, within: float = math.inf) -> tuple[int, tuple[str, ...]]:
    """Give every memory that should have one a vector, the newest first; how many still lack it, and why.

    After `within` seconds the rest is left for the next time.
    """
    started = time.monotonic()
    if store.settings.embedder == "none":
        return 0, ()
    missing = pending(store)
    if not missing and not _noted(store):
        return 0, ()
    try:
        embedder = open_embedder(store.settings)
        assert embedder is not None  # noqa: S101 - `none` was answered above
        with _mended_collection(store, embedder) as collection:
            missing = _recount(store, collection, pending(store))
            for start in range(0, len(missing), BATCH):
                if time.monotonic() - started > within:
                    left = len(missing) - start
                    return left, (f"{left} memories have no vector yet; `memcoder mine` makes them",)
                _add(store, collection, embedder, missing[start : start + BATCH])
                progress("embedding", min(start + BATCH, len(missing)), len(missing))
    except MissingError as error:
        return len(missing), (f"no vectors: {error.message}",)
    except Exception as error:  # whatever Chroma raises: records and lexical recall stand
        reason = str(error)[:200]
        return len(missing), (f"no vectors: Chroma failed ({reason}); `memcoder memory reindex` makes them anew",)
    return 0, ()


@contextmanager
def _mended_collection(store: MemoryStore, embedder: Embedder) -> Iterator[Any]:
    """The collection; one that cannot be read is thrown away, with its folder, and a new one is made."""
    with ExitStack() as stack:
        try:
            collection = stack.enter_context(open_collection(store, embedder))
            collection.count()
        except Exception:
            if store.settings.memory_url:
                raise
            stack.close()
            drop(store)
            collection = stack.enter_context(open_collection(store, embedder))
        yield collection


def _recount(store: MemoryStore, collection: Any, missing: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The self-check: where the collection holds fewer vectors than were noted, all are made anew."""
    if collection.count() >= _noted(store):
        return missing
    with store.writing():
        store.database.execute("DELETE FROM embedded WHERE collection = ?", (_name(store),))
    return pending(store)


def pending(store: MemoryStore) -> list[tuple[str, int]]:
    """(id, version) of the memories that lack a vector of their latest version."""
    name = _name(store)
    if not store.settings.memory_url and not (store.folder / "chroma" / "chroma.sqlite3").is_file():
        with store.writing():
            store.database.execute("DELETE FROM embedded WHERE collection = ?", (name,))
    rows = store.database.execute(
        "SELECT r.id, r.seq FROM records r LEFT JOIN embedded e ON e.id = r.id AND e.collection = ? "
        "WHERE r.kind != 'policy' AND (e.seq IS NULL OR e.seq != r.seq) ORDER BY r.number DESC",
        (name,),
    )
    return rows.fetchall()


def nearest(store: MemoryStore, query: str, allowed: Callable[[str], bool], count: int) -> list[tuple[str, float]]:
    """(memory id, cosine similarity) of the nearest allowed memories; raises whatever Chroma or the embedder raise.

    Exact where the vectors are here. Chroma's own search is approximate: among many alike it misses up to half, others
    each time that it is opened, so that what later commits added would move what the past finds.
    """
    embedder = open_embedder(store.settings)
    if embedder is None:
        return []
    vector = embedder.embed([query[:QUERY_CHARACTERS]])[0]
    if store.settings.memory_url:
        return _asked(store, embedder, vector, allowed, count)
    ids, rows = _held(store, embedder)
    if not ids:
        return []
    import numpy as np

    cosines = rows @ (np.array(vector, np.float32) / max(float(np.linalg.norm(vector)), 1e-9))
    asked = OVERFETCH * count
    while True:
        best = [at for at in _highest(cosines, asked) if allowed(ids[at])]
        if len(best) >= count or asked >= len(ids):
            return [(ids[at], float(cosines[at])) for at in best[:count]]
        asked *= OVERFETCH


def _highest(values: "npt.NDArray[np.float32]", most: int) -> list[int]:
    """Indexes of the highest values, falling; ties go to the lower index, and all that tie with the last are there."""
    import numpy as np

    at = np.arange(len(values))
    if most < len(values):
        at = np.flatnonzero(values >= np.partition(values, len(values) - most)[len(values) - most])
    found: list[int] = at[np.argsort(-values[at], kind="stable")].tolist()
    return found


def _held(store: MemoryStore, embedder: Embedder) -> tuple[list[str], "npt.NDArray[np.float32]"]:
    """All vectors of an embedded collection, of length 1, by their memories' ids; kept until there are others."""
    kept = store.cache.get("vectors")
    if kept is not None and kept[0] == store.state():
        return kept[2], kept[3]
    query = "SELECT count(*), total(seq) FROM embedded WHERE collection = ? AND worthy"
    stamp = store.database.execute(query, (_name(store),)).fetchone()
    if kept is None or kept[1] != stamp:
        kept = (store.state(), stamp, *_read(store, embedder))
    store.cache["vectors"] = (store.state(), *kept[1:])
    return kept[2], kept[3]


def _read(store: MemoryStore, embedder: Embedder) -> tuple[list[str], "npt.NDArray[np.float32]"]:
    import numpy as np

    with open_collection(store, embedder, RECALL_WAITS) as collection:
        _require_all(store, collection.count())
        found = collection.get(include=["embeddings"])
    order = np.argsort(np.array(found["ids"], np.str_))
    rows = np.asarray(found["embeddings"], np.float32).reshape(len(order), embedder.dimension)[order]
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return [found["ids"][at] for at in order.tolist()], rows


def _asked(
    store: MemoryStore, embedder: Embedder, vector: list[float], allowed: Callable[[str], bool], count: int
) -> list[tuple[str, float]]:
    """What a server finds. A `where` over many records is slow there, so more than asked for are fetched and cut
    afterwards; where too few of them may be seen (a crowd of later commits), the next round asks for more."""
    kept = store.cache.get("collection")
    if kept is None or kept[0] != store.state():
        with open_collection(store, embedder) as collection:
            size = collection.count()
        _require_all(store, size)
        kept = store.cache["collection"] = (store.state(), collection, size)
    _, collection, size = kept
    asked = min(OVERFETCH * count, size)
    while asked:
        found = collection.query(query_embeddings=[vector], n_results=asked, include=["distances"])
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        seen = [(key, 1.0 - distance) for key, distance in pairs if allowed(key)]
        if len(seen) >= count or asked == size:
            return seen[:count]
        asked = min(4 * asked, size)
    return []


def _require_all(store: MemoryStore, size: int) -> None:
    if size < _noted(store):
        raise FaultError(f"{_noted(store) - size} vectors are missing", "`memcoder mine` makes them anew")


def strays(store: MemoryStore) -> int:
    """How many vectors of the collection belong to no record of the store; recall ignores them.

    Raises whatever Chroma or the embedder raise.
    """
    embedder = open_embedder(store.settings)
    if embedder is None or not (store.settings.memory_url or (store.folder / "chroma").is_dir()):
        return 0
    with open_collection(store, embedder, RECALL_WAITS) as collection:
        held = set(collection.get(include=[])["ids"])
    return len(held - {row[0] for row in store.database.execute("SELECT id FROM records")})


def drop(store: MemoryStore) -> None:
    """Forget all vectors of this store; the next `mine` makes them anew."""
    import shutil

    with store.lock("chroma"):
        chroma = store.folder / "chroma"
        chroma.unlink(missing_ok=True) if chroma.is_file() else shutil.rmtree(chroma, ignore_errors=True)
        with store.writing():
            store.database.execute("DELETE FROM embedded")


@contextmanager
def open_collection(store: MemoryStore, embedder: Embedder, wait: float = -1) -> Iterator[Any]:
    """The store's collection for this embedder: embedded under a lock, or on the server of `memory_url`.

    Waits `wait` seconds for another process that has it (-1: as long as it takes); raises FaultError after that.
    """
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    options: dict[str, Any] = {"configuration": {"hnsw": {"space": "cosine"}}, "embedding_function": None}
    name = f"{embedder.name}-{embedder.dimension}"
    if store.settings.memory_url:
        from urllib.parse import urlsplit

        url = urlsplit(store.settings.memory_url)
        address = {"host": url.hostname or "localhost", "port": url.port or 8000, "ssl": url.scheme == "https"}
        server = chromadb.HttpClient(settings=quiet, **address)  # type: ignore[arg-type]
        yield server.get_or_create_collection(f"{store.repository_key}-{name}", **options)
        return
    with _owned(store, wait):
        require_sound(store.folder / "chroma")
        try:
            client: Any = chromadb.PersistentClient(path=str(store.folder / "chroma"), settings=quiet)
        except BaseException:
            # Chroma keeps a client that could not start, and would hand it out again.
            SharedSystemClient.clear_system_cache()
            raise
        try:
            yield client.get_or_create_collection(name, **options)
        finally:
            client.close()
        seal(store.folder / "chroma")


@contextmanager
def _owned(store: MemoryStore, wait: float) -> Iterator[None]:
    from filelock import Timeout

    lock = store.lock("chroma")
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise FaultError("another memcoder has the vectors open", "wait for it, or set memory_url") from error
    try:
        yield
    finally:
        lock.release()


def _add(store: MemoryStore, collection: Any, embedder: Embedder, rows: list[tuple[str, int]]) -> None:
    """Vectors first, then the note that they are there: a crash between the two costs one batch, made again."""
    memories = [(memory, seq) for memory_id, seq in rows if (memory := store.get(memory_id))]
    worthy = [memory for memory, _ in memories if _is_worthy(memory)]
    if worthy:
        collection.upsert(ids=[memory.id for memory in worthy], embeddings=embedder.embed([_text(m) for m in worthy]))
    with store.writing():
        store.database.executemany(
            "INSERT OR REPLACE INTO embedded (collection, id, seq, worthy) VALUES (?, ?, ?, ?)",
            [(_name(store), memory.id, seq, _is_worthy(memory)) for memory, seq in memories],
        )


def _is_worthy(memory: Memory) -> bool:
    return memory.change.kind not in UNWORTHY and memory.kind != "policy"


def _noted(store: MemoryStore) -> int:
    """How many vectors the collection should hold."""
    rows = store.database.execute("SELECT count(*) FROM embedded WHERE collection = ? AND worthy", (_name(store),))
    return int(rows.fetchone()[0])


def where(store: MemoryStore) -> str:
    """Which vectors there are: the embedder, where they are kept, and how many are noted to be there."""
    here = store.settings.memory_url or looks_whole(store.folder / "chroma")
    noted = store.database.execute("SELECT count(*) FROM embedded WHERE collection = ?", (_name(store),)).fetchone()[0]
    return f"{_name(store)} {here} {noted}"


def _name(store: MemoryStore) -> str:
    """What the store's own notes call the collection: another embedder, model file or server is another one."""
    return f"{embedder_name(store.settings)} {store.settings.memory_url or ''}".strip()


def _text(memory: Memory) -> str:
    """What a vector stands for: keywords and problem of what was distilled, else the subject, with a lesson's keywords.

    Paths, symbols and bodies are the words' business: with them a vector costs five times as much and says less.
    """
    if memory.distilled:
        return f"{', '.join(memory.keywords)}. {memory.problem}"[:CHARACTERS]
    return " ".join((memory.subject, *memory.keywords))[:CHARACTERS]
