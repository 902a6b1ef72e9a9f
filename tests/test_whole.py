"""A file is the old one or the new one, and what could not be written leaves nothing."""

import os
from pathlib import Path

import pytest

from memcoder.whole import write_whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_it_takes_the_place_of_what_was_there_and_only_the_owner_reads_it(folder: Path) -> None:
    path = folder / "kept"
    path.write_bytes(b"old")
    write_whole(path, b"new\xff")
    assert path.read_bytes() == b"new\xff"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(folder.iterdir()) == [path]


def test_what_cannot_be_written_leaves_the_old_one_and_no_draft(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "kept"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(folder.iterdir()) == [path]
