"""Chroma's files as a crash or a bad disk leaves them, large enough that Chroma reads its graph back from them."""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chromadb
import pytest
from chromadb.config import Settings

from memcoder.errors import FaultError
from memcoder.memory.sound import PROBE, SEAL, looks_whole, require_sound, seal

COUNT = 1_100
"""Chroma writes its graph after 1,000."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "chroma"
    client: Any = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.get_or_create_collection("vectors", embedding_function=None)
    chance = random.Random(5)
    rows = [[chance.random() for _ in range(8)] for _ in range(COUNT)]
    collection.upsert(ids=[str(number) for number in range(COUNT)], embeddings=rows)
    collection.count()
    client.close()
    seal(folder)
    return folder


@pytest.fixture
def chroma(made: Path, tmp_path: Path) -> Path:
    """A copy to be spoilt, as sound as the original."""
    return Path(shutil.copytree(made, tmp_path / "chroma"))


def garble(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def delete(path: Path) -> None:
    path.unlink()


def graph(chroma: Path, name: str) -> Path:
    return next(chroma.glob(f"*/{name}"))


def test_sound_files_need_no_child(chroma: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_child(*arguments: object, **options: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr("memcoder.memory.sound.subprocess.run", no_child)
    require_sound(chroma)
    assert looks_whole(chroma)
    (chroma / SEAL).unlink()
    with pytest.raises(AssertionError, match="a child was started"):  # control
        require_sound(chroma)


def test_files_of_an_unknown_state_are_tried_once_and_sealed(chroma: Path) -> None:
    (chroma / SEAL).unlink()
    assert not looks_whole(chroma)
    require_sound(chroma)
    assert looks_whole(chroma)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("data_level0.bin", garble),
        ("data_level0.bin", truncate),
        ("header.bin", garble),
        ("link_lists.bin", delete),
        ("index_metadata.pickle", garble),
        ("index_metadata.pickle", delete),
    ],
)
def test_damaged_graphs_are_refused(chroma: Path, name: str, spoil: Callable[[Path], None]) -> None:
    spoil(graph(chroma, name))
    assert not looks_whole(chroma)
    with pytest.raises(FaultError, match="damaged"):
        require_sound(chroma)


def test_control_such_a_file_ends_the_whole_process(chroma: Path) -> None:
    garble(graph(chroma, "data_level0.bin"))
    done = subprocess.run([sys.executable, "-c", PROBE, str(chroma)], capture_output=True, check=False)
    assert done.returncode != 0


def test_a_database_that_was_cut_does_not_look_whole(chroma: Path) -> None:
    truncate(chroma / "chroma.sqlite3")
    assert not looks_whole(chroma)
    delete(chroma / "chroma.sqlite3")
    assert not looks_whole(chroma)
