"""The same commands against a real Chroma server, chosen by one setting."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import chromadb
import pytest
from chromadb.config import Settings as ChromaSettings
from click.testing import CliRunner

from memcoder.cli.main import cli
from memcoder.history.repository import Repository
from memcoder.memory.embedder import HashingEmbedder
from tests.helpers import GitRepo, make_shop

QUERY = "invoices are a cent short when half cents are rounded"
SECONDS = 60.0


@contextmanager
def server(folder: Path, port: int) -> Iterator[str]:
    """A server as `chroma run` starts it; its address once it answers."""
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"ANONYMIZED_TELEMETRY": "False"}
    started = subprocess.Popen(
        [*command, "--path", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SECONDS
        while not answers(url):
            assert started.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        yield url
    finally:
        started.terminate()
        started.wait(timeout=SECONDS)


def answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/api/v2/heartbeat", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("server"), free_port()) as found:
        yield found


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> GitRepo:
    """A repository of the test's own, so that its collection on the server is too."""
    made = GitRepo(tmp_path / "shop")
    made.commit(f"Start {request.node.name}", {"NAME": request.node.name})
    return make_shop(tmp_path / "shop")[0]


def memcoder(*arguments: str) -> tuple[dict[str, Any], str]:
    """The document that a command prints, which must end well, and what it says beside it."""
    done = CliRunner().invoke(cli, [*arguments, "--json"], standalone_mode=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout), done.stderr


def collection_of(url: str, shop: GitRepo) -> Any:
    host, port = url.removeprefix("http://").split(":")
    client = chromadb.HttpClient(host=host, port=int(port), settings=ChromaSettings(anonymized_telemetry=False))
    name = f"{Repository.open(shop.path).key}-{HashingEmbedder.name}-{HashingEmbedder.dimension}"
    return client.get_collection(name, embedding_function=None)


def heard(recalled: dict[str, Any]) -> set[str]:
    """Every ranker that had something to say."""
    found = (*recalled["memories"], *recalled["files"], *recalled["symbols"])
    return {item["ranker"] for one in found for item in one["evidence"]}


def test_the_same_commands_by_one_setting(
    url: str, shop: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--store", str(tmp_path / "local"))
    memcoder("mine", str(shop.path), *where)
    local, _ = memcoder("recall", str(shop.path), QUERY, *where)
    monkeypatch.setenv("MEMCODER_MEMORY_URL", url)
    there = ("--store", str(tmp_path / "there"))
    mined, _ = memcoder("mine", str(shop.path), *there)
    assert mined["pending"] == {"symbols": 0, "vectors": 0, "lineage": 0, "weights": 0}
    assert not (tmp_path / "there" / "chroma").exists()
    remote, _ = memcoder("recall", str(shop.path), QUERY, *there)
    assert remote == local
    assert heard(remote) >= {"vectors", "vector-votes", "message-words"}
    stats, _ = memcoder("memory", "stats", "--repo", str(shop.path), *there)
    assert (stats["without_vector"], stats["vectors_without_record"]) == (0, 0)
    memcoder("memory", "reindex", "--repo", str(shop.path), *there)
    assert memcoder("recall", str(shop.path), QUERY, *there)[0] == local
    assert memcoder("mine", str(shop.path), *there)[0]["new"] == 0


def test_the_server_holds_vectors_and_nothing_else(url: str, shop: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_MEMORY_URL", url)
    memcoder("mine", str(shop.path))
    held = collection_of(url, shop).get(include=["embeddings", "documents", "metadatas", "uris"])
    assert set(held["ids"]) == set(shop.git("rev-list", "HEAD").split())
    assert len(held["embeddings"]) == len(held["ids"])
    for field in ("documents", "metadatas", "uris"):
        assert not any(held[field] or ()), field


def test_a_vector_without_its_record_is_ignored_and_counted(
    url: str, shop: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCODER_MEMORY_URL", url)
    memcoder("mine", str(shop.path))
    before, _ = memcoder("recall", str(shop.path), QUERY)
    strays = [f"{number:040x}" for number in range(30)]
    collection_of(url, shop).upsert(ids=strays, embeddings=HashingEmbedder().embed([QUERY] * len(strays)))
    after, _ = memcoder("recall", str(shop.path), QUERY)
    assert after == before
    assert memcoder("memory", "stats", "--repo", str(shop.path))[0]["vectors_without_record"] == len(strays)
    # Control: asked itself, the server puts them first.
    found = collection_of(url, shop).query(query_embeddings=HashingEmbedder().embed([QUERY]), n_results=5)
    assert set(found["ids"][0]) <= set(strays)


def test_a_server_that_is_down_leaves_words_and_is_named(
    shop: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("MEMCODER_MEMORY_URL", f"http://127.0.0.1:{port}")
    with server(tmp_path / "server", port):
        memcoder("mine", str(shop.path))
        up, _ = memcoder("recall", str(shop.path), QUERY)
    assert up["complete"]
    down, _ = memcoder("recall", str(shop.path), QUERY)
    assert down["memories"][0]["memory"]["id"] == up["memories"][0]["memory"]["id"]
    assert down["files"]
    assert not down["complete"]
    assert "no vectors" in down["notes"][0]
    assert not heard(down) & {"vectors", "vector-votes"}
    shop.commit("Fix the price of nothing", {"shop/money.py": "zero = 0\n"})
    mined, _ = memcoder("mine", str(shop.path))
    assert mined["new"] == 1
    assert mined["pending"]["vectors"] >= 1
    assert "no vectors" in mined["notes"][0]
    assert "vectors_without_record" not in memcoder("memory", "stats", "--repo", str(shop.path))[0]
    with server(tmp_path / "server", port):
        assert not any(memcoder("mine", str(shop.path))[0]["pending"].values())
        assert memcoder("recall", str(shop.path), QUERY)[0]["complete"]
    with server(tmp_path / "another", port):  # it has lost everything
        lost, _ = memcoder("recall", str(shop.path), QUERY)
        assert "vectors are missing" in lost["notes"][0]
        memcoder("mine", str(shop.path))
        assert memcoder("recall", str(shop.path), QUERY)[0]["complete"]


def test_two_processes_use_the_server_at_once(
    url: str, shop: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCODER_MEMORY_URL", url)
    for number in range(20):
        shop.commit(f"Fix {number} of the warehouse", {"shop/stock.py": f"level = {number}\n"})
    alone, apart = ("--store", str(tmp_path / "alone")), ("--store", str(tmp_path / "apart"))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "memcoder", "mine", str(shop.path), "--json"]
    # Two on one store, and one on a store of its own that shares the collection.
    crowd = [
        subprocess.Popen([*command, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for where in (alone, alone, apart)
    ]
    told = [miner.communicate(timeout=120) for miner in crowd]
    assert [miner.returncode for miner in crowd] == [0, 0, 0], told
    reports = [json.loads(document) for document, _ in told]
    assert not any(any(report["pending"].values()) for report in reports)
    assert sorted(report["new"] for report in reports) == [0, 29, 29]
    assert len(collection_of(url, shop).get(include=[])["ids"]) == 29
    first, second = (memcoder("recall", str(shop.path), QUERY, *where)[0] for where in (alone, apart))
    assert first == second
    assert heard(first) >= {"vectors", "vector-votes"}
