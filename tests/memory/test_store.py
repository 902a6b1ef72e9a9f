import sqlite3
from pathlib import Path

import pytest

from memcoder.config import Settings, home
from memcoder.errors import FaultError
from memcoder.memory.index import memory_index
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory, Provenance, Utility


def memory(name: str, message: str = "Fix rounding", **more: object) -> Memory:
    return Memory.model_validate(
        {"id": name, "kind": "lesson", "message": message, "provenance": Provenance(repository="r"), **more}
    )


def test_lies_under_the_home_and_keeps_what_is_put(store: MemoryStore) -> None:
    assert store.folder == home() / "stores" / store.repository_key
    assert store.put([memory("a"), memory("b")]) == 2
    assert store.get("a") == memory("a")
    assert store.get("c") is None
    assert [one.id for one in store.all("lesson")] == ["a", "b"]
    assert list(store.all("fix")) == []
    assert store.find("a") == ["a"]


def test_the_same_again_is_no_change_and_every_state_stays(store: MemoryStore) -> None:
    store.put([memory("a")])
    assert store.put([memory("a")]) == 0
    assert store.put([memory("a", utility=Utility(shown=1))]) == 1
    assert [state.utility.shown for _, state in store.history("a")] == [0, 1]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        store.database.execute("DELETE FROM versions")


def test_put_is_all_or_nothing(store: MemoryStore) -> None:
    def torn() -> object:
        yield memory("a")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        store.put(torn())  # type: ignore[arg-type]
    assert store.get("a") is None


def test_a_record_edited_outside_is_quarantined_and_counted(store: MemoryStore) -> None:
    store.put([memory("a"), memory("b")])
    store.database.execute("DROP TRIGGER versions_stay")
    store.database.execute("UPDATE versions SET body = replace(body, 'rounding', 'nothing') WHERE id = 'a'")
    edited = store.get("a")
    assert edited is not None
    assert edited.trust == "quarantined"
    stats = store.stats()
    assert stats["broken_signatures"] == 1
    assert stats["trust"] == {"quarantined": 1, "history": 1}


def test_survives_reopening_and_another_process_schema(store: MemoryStore) -> None:
    store.put([memory("a")])
    with MemoryStore.open(store.settings, store.repository_key) as again:
        assert again.get("a") == memory("a")
        assert again.database.execute("PRAGMA user_version").fetchone()[0] >= 1


def test_reindex_makes_the_same_index(store: MemoryStore) -> None:
    store.put([memory("a"), memory("b", "Add carts")])
    before = indexed(store)
    assert "cart" in before["message"]["b"]
    assert store.reindex() == 2
    assert indexed(store) == before


def test_of_two_segments_with_the_same_record_the_later_one_counts(store: MemoryStore) -> None:
    store.put([memory("a", "Fix rounding"), memory("b", "Add carts")])
    store.put([memory("a", "Count stock")])
    assert store.database.execute("SELECT count(*) FROM segments WHERE field = 'message'").fetchone()[0] == 2
    assert indexed(store)["message"] == {"a": {"count": 2, "stock": 2}, "b": {"add": 2, "cart": 2}}


def indexed(store: MemoryStore) -> dict[str, dict[str, dict[str, int]]]:
    """For each field and memory its terms, with how often they stand there."""
    index = memory_index(store)
    names = dict(store.database.execute("SELECT id, term FROM terms"))
    found: dict[str, dict[str, dict[str, int]]] = {}
    for field, postings in index.fields.items():
        of_field = found.setdefault(field, {})
        for at, term in enumerate(postings.vocabulary.tolist()):
            for where in range(int(postings.starts[at]), int(postings.starts[at + 1])):
                memory_id = index.ids[int(postings.documents[where])]
                of_field.setdefault(memory_id, {})[names[term]] = int(postings.counts[where])
    return found


def test_a_file_that_is_no_database_is_a_clear_fault(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(FaultError, match="cannot be opened") as caught, MemoryStore.open(Settings(store=tmp_path), "k"):
        pass
    assert "move records.sqlite away" in caught.value.hint
    taken = Settings(store=tmp_path / "records.sqlite" / "below")
    with pytest.raises(FaultError) as caught, MemoryStore.open(taken, "k"):
        pass
    assert "--store" in caught.value.hint


def test_a_full_disk_is_a_clear_fault_and_loses_nothing(store: MemoryStore) -> None:
    store.put([memory("a")])
    pages = store.database.execute("PRAGMA page_count").fetchone()[0]
    store.database.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(FaultError, match="cannot be written"):
        store.put([memory(f"b{number}", "x" * 5000) for number in range(20)])
    assert [one.id for one in store.all()] == ["a"]
    store.database.execute("PRAGMA max_page_count = 1000000")
    assert store.put([memory("b")]) == 1
