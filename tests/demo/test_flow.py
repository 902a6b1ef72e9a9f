"""The demonstration's stations that need no model: recall supplies the place, and the report says so."""

import time
from pathlib import Path

import pytest

from memcoder.agent.context import choose_context
from memcoder.config import Settings
from memcoder.demo.flow import _changed_lines, _make_room, _with_sandbox, signs_of_life
from memcoder.demo.repository import ISSUE, REFERENCE, make_repository
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Patch


def test_recall_supplies_the_place(tmp_path: Path) -> None:
    commit = make_repository(tmp_path / "repository")
    repo = Repository.open(tmp_path / "repository")
    with MemoryStore.open(Settings(store=tmp_path / "memory"), repo.key) as store:
        mine(repo, store)
        found = recall(repo, store, ISSUE, as_of=commit)
    assert "while it is still in use" in found.memories[0].memory.subject
    place = next(place for place in found.symbols if place.path == REFERENCE[0] and place.symbol == "stretches")
    assert any(evidence.ranker.endswith("-votes") for evidence in place.evidence)
    assert REFERENCE[0] in {place.path for place in choose_context(repo, commit, found).locations}


def test_changed_lines_are_those_of_the_base() -> None:
    diff = "--- a/x.py\n+++ b/x.py\n@@ -3,3 +3,4 @@ def f():\n one\n-two\n+2\n+two and a half\n three\n"
    assert _changed_lines(Patch(diff=diff)) == [("x.py", 4)]


def test_without_an_engine_the_demonstration_goes_on_locally_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    commit = make_repository(tmp_path / "repository")
    said: list[str] = []
    settings = _with_sandbox(Settings(), Repository.open(tmp_path / "repository"), commit, said.append)
    assert settings.sandbox == "local"
    assert "no Docker engine answers" in said[-1]
    assert "going on in the local sandbox" in said[-1]


def test_every_demonstration_starts_with_the_same_past(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    for _ in range(2):
        _make_room(folder)
        assert not (folder / "memory").exists()
        assert (folder / "runs" / "kept").exists() or not (folder / "runs").exists()
        (folder / "memory").mkdir()
        (folder / "runs" / "kept").mkdir(parents=True, exist_ok=True)


def test_a_folder_of_somebody_else_s_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    with pytest.raises(UsageError, match="not a demonstration's"):
        _make_room(tmp_path)
    assert (tmp_path / "memory").exists()


def test_a_silence_is_broken(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("memcoder.demo.flow.QUIET_SECONDS", 0.3)
    lines: list[str] = []
    with signs_of_life(lines.append) as say:
        say("start")
        time.sleep(1.5)
    assert lines[0] == "start"
    assert any("working" in line for line in lines[1:])
