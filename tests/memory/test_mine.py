import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from memcoder.history.repository import Repository
from memcoder.memory.embedder import open_embedder
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.vectors import open_collection, pending
from memcoder.records import Memory
from tests.helpers import GitRepo
from tests.memory.conftest import SETTINGS

KILLS = 8
MINE = """
import sys
from pathlib import Path
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory import mine, vectors
from memcoder.memory.store import MemoryStore
mine.BATCH = vectors.BATCH = 7
repo = Repository.open(sys.argv[1])
with MemoryStore.open(Settings(embedder="hashing", store=Path(sys.argv[2])), repo.key) as store:
    print("started", flush=True)
    mine.mine(repo, store)
"""


def content(store: MemoryStore) -> dict[str, Memory]:
    return {memory.id: memory for memory in store.all()}


def vectors_of(store: MemoryStore) -> set[str]:
    embedder = open_embedder(store.settings)
    assert embedder is not None
    with open_collection(store, embedder) as collection:
        return set(collection.get(include=[])["ids"])


def test_mines_once_and_then_only_what_is_new(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    made, shas = shop
    report = mine(repo, store)
    assert (report.commits, report.new) == (8, 8)
    assert report.pending == {"symbols": 0, "vectors": 0, "lineage": 0, "weights": 0}
    memory = store.get(shas["rounding"])
    assert memory is not None
    assert (memory.kind, memory.change.kind, memory.provenance.commit) == ("commit", "fix", shas["rounding"])
    assert memory.change.files[0].symbols == ("round_cents",)
    assert mine(repo, store).new == 0
    made.commit("Fix another", {"shop/money.py": "x = 1\n"})
    assert mine(repo, store).new == 1
    assert len(store.known_commits()) == 9
    assert made.git("status", "--porcelain") == ""


def test_killed_anywhere_and_repeated_is_one_clean_run(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "long")
    for number in range(40):
        made.commit(f"Fix number {number}", {"a.py": f"def f{number}():\n    return {number}\n"})
    repo = Repository.open(made.path)
    with MemoryStore.open(SETTINGS.model_copy(update={"store": tmp_path / "clean"}), repo.key) as clean:
        mine(repo, clean)
        wanted, wanted_vectors = content(clean), vectors_of(clean)
    chance = random.Random(7)
    killed = tmp_path / "killed"
    for _ in range(KILLS):
        child = subprocess.Popen([sys.executable, "-c", MINE, made.path, killed], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0, 1.2))
        child.send_signal(signal.SIGKILL)
        child.communicate()
    with MemoryStore.open(SETTINGS.model_copy(update={"store": killed}), repo.key) as store:
        report = mine(repo, store)
        assert report.pending["vectors"] == 0
        assert content(store) == wanted
        assert vectors_of(store) == wanted_vectors
        assert store.database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert all(len(store.history(name)) == 1 for name in wanted)


def test_a_second_miner_waits_and_says_so(repo: Repository, store: MemoryStore) -> None:
    said: list[str] = []
    reports = []

    def second() -> None:
        with MemoryStore.open(SETTINGS, repo.key) as other:
            reports.append(mine(repo, other, say=said.append))

    lock = store.lock("mine")
    lock.acquire()
    thread = threading.Thread(target=second)
    thread.start()
    deadline = time.monotonic() + 20
    while not said and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "another memcoder is mining" in said[0]
    assert not reports
    lock.release()
    thread.join(timeout=30)
    assert reports[0].new == 8


def test_shallow_clones_are_mined_with_a_note(tmp_path: Path, shop: tuple[GitRepo, dict[str, str]]) -> None:
    shop[0].git("clone", "--quiet", "--depth=2", f"file://{shop[0].path}", str(tmp_path / "shallow"))
    repo = Repository.open(tmp_path / "shallow")
    with MemoryStore.open(SETTINGS, repo.key) as store:
        report = mine(repo, store)
    assert report.commits == 2
    assert any("shallow" in note for note in report.notes)


def test_what_was_edited_outside_is_made_again_after_reindex(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    mine(repo, store)
    name = shop[1]["rounding"]
    store.database.execute("DROP TRIGGER versions_stay")
    store.database.execute("UPDATE versions SET body = replace(body, 'half cents', 'nothing') WHERE id = ?", (name,))
    store.reindex()
    assert mine(repo, store).new == 1
    memory = store.get(name)
    assert memory is not None
    assert memory.trust == "history"
    assert "half cents" in memory.message
    assert pending(store) == []


def test_vectors_can_wait_for_the_next_mine(repo: Repository, store: MemoryStore) -> None:
    first = mine(repo, store, within=0.0)
    assert (first.pending["vectors"], first.pending["symbols"]) == (8, 8)
    assert "no vector yet" in recall(repo, store, "rounding of half cents", as_of="HEAD").notes[0]
    assert mine(repo, store).pending["vectors"] == 0
