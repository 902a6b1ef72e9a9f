import json
from pathlib import Path

import pytest

from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.transfer import Imported, export_lines, import_lines, trust
from tests.memory.conftest import SETTINGS

RECORDS = 9
"""Eight commits, and the one policy that they give: a size of changes or the like."""
QUERY = "half cents are cut, not rounded"


def test_the_same_key_keeps_trust_and_recall(repo: Repository, store: MemoryStore, tmp_path: Path) -> None:
    mine(repo, store)
    lines = list(export_lines(store))
    with MemoryStore.open(SETTINGS.model_copy(update={"store": tmp_path / "other"}), repo.key) as other:
        assert import_lines(other, lines) == Imported(trusted=RECORDS, quarantined=0, unchanged=0)
        assert import_lines(other, lines) == Imported(trusted=0, quarantined=0, unchanged=RECORDS)
        assert mine(repo, other).new == 0
        assert recall(repo, other, QUERY, as_of="HEAD") == recall(repo, store, QUERY, as_of="HEAD")
        assert list(export_lines(other)) == lines


def test_another_key_is_quarantined_until_trusted(
    repo: Repository, store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine(repo, store)
    lines = list(export_lines(store))
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", "the key of somebody else")
    with MemoryStore.open(SETTINGS.model_copy(update={"store": tmp_path / "other"}), repo.key) as other:
        assert import_lines(other, lines).quarantined == RECORDS
        assert recall(repo, other, QUERY, as_of="HEAD").memories == ()
        for memory in list(other.all()):
            trust(other, memory)
        assert recall(repo, other, QUERY, as_of="HEAD").memories


def test_an_edited_line_is_quarantined_and_never_replaces(repo: Repository, store: MemoryStore) -> None:
    mine(repo, store)
    before = list(store.all())
    lines = [line.replace("half cents", "other cents") for line in export_lines(store)]
    assert import_lines(store, lines).trusted == 0
    assert list(store.all()) == before


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "empty"),
        (["{}"], "line 1"),
        (["no json"], "line 1"),
        (['{"memcoder": "memories", "format": 1}', '{"memory": {"id": 1}, "signature": ""}'], "line 2"),
        (['{"memcoder": "memories", "format": 99}'], "format 99"),
    ],
)
def test_what_is_no_export_is_refused_whole(store: MemoryStore, lines: list[str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        import_lines(store, lines)
    assert list(store.all()) == []


def test_export_is_one_json_document_a_line(repo: Repository, store: MemoryStore) -> None:
    mine(repo, store)
    header, *records = [json.loads(line) for line in export_lines(store)]
    assert header["repository"] == repo.key
    assert all(record["signature"].startswith("v1:") for record in records)
