import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from memcoder.cli.doctor import command


def checks(*arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
    result = CliRunner().invoke(command, ["--json", *arguments], standalone_mode=False)
    document = json.loads(result.stdout)
    assert document["ok"] is all(row["ok"] for row in document["checks"])
    return result.return_value, {row["name"]: row for row in document["checks"]}


def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    code, found = checks()
    assert code == 3
    assert not found["engine"]["ok"]
    assert not found["model"]["ok"]
    assert "memcoder init" in str(found["model"]["hint"])
    assert all(row["hint"] for row in found.values() if not row["ok"])
    assert found["git"]["ok"]
    assert found["store"]["ok"]


def test_all_is_well_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_SANDBOX", "local")
    monkeypatch.setenv("MEMCODER_MODEL", "scripted:replies.jsonl")
    code, found = checks()
    assert (code, [name for name, row in found.items() if not row["ok"]]) == (0, [])


def test_a_store_that_cannot_be_written_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MEMCODER_HOME", str(tmp_path / "file" / "home"))
    _, found = checks()
    assert not found["store"]["ok"]
    assert "MEMCODER_HOME" in str(found["store"]["hint"])


def test_an_embedded_model_that_is_not_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_MODEL", "embedded")
    _, found = checks()
    assert not found["model"]["ok"]
    assert found["model"]["hint"]
