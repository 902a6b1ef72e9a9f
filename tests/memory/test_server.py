"""The same memory with its vectors on a Chroma server, by one setting."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from tests.memory.conftest import SETTINGS

ISSUE = "Invoices are a cent short\n\nA price with half a cent is cut, I expected it to be rounded."


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    command = [str(chroma), "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(tmp_path / "served")]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}", child
    finally:
        child.kill()
        child.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.1)


def test_vectors_live_on_the_server_and_words_answer_without_it(
    server: tuple[str, "subprocess.Popen[bytes]"], repo: Repository, tmp_path: Path
) -> None:
    url, child = server
    served: Settings = SETTINGS.model_copy(update={"memory_url": url, "store": tmp_path / "a"})
    local = SETTINGS.model_copy(update={"store": tmp_path / "b"})
    with MemoryStore.open(served, repo.key) as store, MemoryStore.open(local, repo.key) as other:
        assert mine(repo, store).pending["vectors"] == 0
        mine(repo, other)
        assert not (store.folder / "chroma").exists()
        found = recall(repo, store, ISSUE, as_of="HEAD")
        assert found.complete
        assert any(one.ranker == "vectors" for memory in found.memories for one in memory.evidence)
        assert found == recall(repo, other, ISSUE, as_of="HEAD")
        store.reindex()
        assert mine(repo, store).pending["vectors"] == 0
        child.kill()
        child.wait()
    with MemoryStore.open(served, repo.key) as store:
        alone = recall(repo, store, ISSUE, as_of="HEAD")
    assert alone.memories
    assert not alone.complete
    assert "words alone" in alone.notes[0]
