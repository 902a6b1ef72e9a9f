"""The frozen probe is whole, as it was frozen, and asks nothing twice."""

import hashlib
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from memcoder.errors import FaultError
from memcoder.internalize import probe as room
from memcoder.internalize.probe import SHA256, probe


def test_the_file_is_the_frozen_one() -> None:
    data = (files("memcoder.internalize.probe") / "items.jsonl").read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256
    assert len(data.splitlines()) == len(probe())


def test_every_item_has_four_answers_and_one_that_is_right() -> None:
    items = probe()
    assert len(items) >= 200
    assert len({item.question for item in items}) == len(items)
    for item in items:
        assert len(set(item.answers)) == 4, item.question
        assert 0 <= item.right < 4, item.question


def test_no_position_is_right_so_often_that_it_could_be_guessed() -> None:
    counts = Counter(item.right for item in probe())
    assert max(counts.values()) < 0.3 * len(probe())


def test_answers_of_an_item_differ_in_one_place_and_little_in_length() -> None:
    for item in probe():
        lengths = [len(answer) for answer in item.answers]
        assert max(lengths) - min(lengths) < 40, item.question


def test_a_changed_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (files("memcoder.internalize.probe") / "items.jsonl").read_bytes()
    (tmp_path / "items.jsonl").write_bytes(data)
    monkeypatch.setattr(room, "files", lambda name: tmp_path)
    assert len(probe.__wrapped__()) == len(probe())
    (tmp_path / "items.jsonl").write_bytes(data.replace(b'"right": 0', b'"right": 1', 1))
    with pytest.raises(FaultError, match="frozen"):
        probe.__wrapped__()
