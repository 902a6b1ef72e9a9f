import sqlite3
from pathlib import Path

from memcoder.history.repository import Repository
from memcoder.memory.migrations import MIGRATIONS
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.signing import body_of, sign
from memcoder.memory.store import MemoryStore
from memcoder.records import Change, FileChange, Memory, Provenance
from tests.memory.conftest import SETTINGS


def first_version(folder: Path, memories: list[Memory]) -> None:
    """A store as the first version left it."""
    folder.mkdir()
    database = sqlite3.connect(folder / "records.sqlite")
    database.executescript(MIGRATIONS[0])
    database.execute("PRAGMA user_version = 1")
    database.execute("INSERT INTO meta (name, value) VALUES ('indexed', '1')")
    for memory in memories:
        body, commit = body_of(memory), memory.provenance.commit
        seq = database.execute(
            "INSERT INTO versions (id, at, body, signature) VALUES (?, 1, ?, ?)", (memory.id, body, sign(body))
        ).lastrowid
        number = database.execute(
            "INSERT INTO records (id, kind, trust, commit_id, time, seq) VALUES (?, ?, ?, ?, 1, ?)",
            (memory.id, memory.kind, memory.trust, commit, seq),
        ).lastrowid
        database.execute("INSERT INTO changes VALUES (?, 'shop/money.py', NULL, '[]')", (number,))
        database.execute("INSERT INTO memory_text (rowid, subject) VALUES (?, ?)", (number, memory.subject))
    database.commit()
    database.close()


def test_a_store_of_the_first_version_keeps_its_records_and_is_searched(repo: Repository, tmp_path: Path) -> None:
    fix = Memory(
        id="fix-1",
        kind="fix",
        message="Quux of invoices is snorked",
        change=Change(files=(FileChange(path="shop/money.py", symbols=("round_cents",)),), kind="fix"),
        provenance=Provenance(repository=repo.key),
        trust="accepted",
    )
    first_version(tmp_path / "old", [fix])
    with MemoryStore.open(SETTINGS.model_copy(update={"store": tmp_path / "old"}), repo.key) as store:
        assert store.get("fix-1") == fix
        assert store.database.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        report = mine(repo, store)
        assert (report.new, set(report.pending.values())) == (8, {0})
        found = recall(repo, store, "quux is snorked", as_of="HEAD")
        assert found.memories[0].memory == fix
        assert found.files[0].path == "shop/money.py"
        rows = store.database.execute("SELECT count(*) FROM changes JOIN records USING (number) WHERE id = 'fix-1'")
        assert rows.fetchone()[0] == 1
