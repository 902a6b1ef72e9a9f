import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import GitRepo, make_shop

ISSUE = "Half cents are cut, not rounded"
RECORDS = 9
"""Eight commits, and one convention that they give."""


def memcoder(*arguments: str, code: int = 0) -> Any:
    """Run the command as a user does, piped; its JSON, or its text."""
    done = subprocess.run([sys.executable, "-m", "memcoder", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code:
        return done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[GitRepo, dict[str, str]]:
    made = make_shop(tmp_path / "shop")
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    monkeypatch.chdir(made[0].path)
    return made


def test_mine_and_recall_print_the_documents_of_the_design(shop: tuple[GitRepo, dict[str, str]]) -> None:
    report = memcoder("mine", ".", "--json")
    assert {"commits", "new", "seconds", "pending"} <= set(report)
    assert (report["commits"], report["new"]) == (8, 8)
    assert set(report["pending"]) == {"symbols", "vectors", "lineage", "weights"}
    found = memcoder("recall", ".", ISSUE, "--as-of", "HEAD", "-k", "2", "--json")
    assert {"as_of", "memories", "files", "symbols", "complete"} <= set(found)
    assert found["memories"][0]["memory"]["id"] == shop[1]["rounding"]
    assert len(found["memories"]) <= 2
    text = memcoder("recall", ".", ISSUE)
    assert "shop/money.py:1-2  round_cents" in text
    assert "-votes: " in text
    assert shop[0].git("status", "--porcelain") == ""


def test_exclude_and_as_of(shop: tuple[GitRepo, dict[str, str]]) -> None:
    memcoder("mine", ".")
    hidden = memcoder("recall", ".", ISSUE, "--exclude", shop[1]["rounding"], "--json")
    assert shop[1]["rounding"] not in json.dumps(hidden)
    then = memcoder("recall", ".", ISSUE, "--as-of", shop[1]["money"][:12], "--json")
    assert then["as_of"] == shop[1]["money"]


def test_searchable_first_and_the_rest_with_the_next_mine(shop: tuple[GitRepo, dict[str, str]]) -> None:
    first = memcoder("mine", ".", "--searchable", "--json")
    assert first["pending"]["symbols"] == first["pending"]["vectors"] == 8
    assert first["searchable"] <= first["seconds"]
    assert memcoder("recall", ".", ISSUE, "--json")["memories"][0]["memory"]["id"] == shop[1]["rounding"]
    assert set(memcoder("mine", ".", "--json")["pending"].values()) == {0}


def test_a_recall_for_an_evaluation_says_what_it_hid(shop: tuple[GitRepo, dict[str, str]]) -> None:
    memcoder("mine", ".")
    asked = ("recall", ".", "Refuse to reserve less than one item", "--json")
    assert shop[1]["reserve"][:7] in json.dumps(memcoder(*asked))
    flags = ("--explain-cut", "--evaluation", "12", "--without", "recency", "--without", "code-words")
    found = memcoder(*asked, *flags)
    assert found["cut"]["hidden"] == {"hidden by the evaluation's guard": 1}
    cut = found.pop("cut")
    assert cut["examples"][0]["id"] == shop[1]["reserve"]
    assert shop[1]["reserve"][:7] not in json.dumps(found)
    heard = {one["ranker"] for place in found["files"] for one in place["evidence"]}
    assert heard
    assert not heard & {"recency", "code-words"}
    assert "8 of 9 memories may be seen" in memcoder(*asked[:3], *flags)
    assert "unknown ranker: nope" in memcoder(*asked, "--without", "nope", code=2)


def test_look_into_move_and_repair(shop: tuple[GitRepo, dict[str, str]], tmp_path: Path) -> None:
    memcoder("mine", ".")
    listed = memcoder("memory", "list", "--limit", "3", "--json")["memories"]
    assert listed[0]["id"] == shop[1]["docs"]
    shown = memcoder("memory", "show", shop[1]["rounding"][:9], "--json")
    assert shown["memory"]["message"].startswith("Fix rounding")
    assert "Fix rounding" in memcoder("memory", "show", shop[1]["rounding"][:9])
    found = memcoder("memory", "search", "half cents", "--json")["memories"]
    assert found[0]["memory"]["id"] == shop[1]["rounding"]
    out = tmp_path / "memories.jsonl"
    memcoder("memory", "export", "--out", str(out))
    other = ("--store", str(tmp_path / "other"))
    assert memcoder("memory", "import", str(out), *other, "--json")["trusted"] == RECORDS
    assert memcoder("memory", "reindex", *other, "--json") == {
        "records": RECORDS,
        "mined_again": 0,
        "pending": {"symbols": 0, "vectors": 0, "lineage": 0, "weights": 0},
        "notes": [],
    }
    stats = memcoder("memory", "stats", *other, "--json")
    assert (stats["records"], stats["broken_signatures"], stats["without_vector"]) == (RECORDS, 0, 0)


def test_foreign_memories_wait_for_a_word(
    shop: tuple[GitRepo, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memcoder("mine", ".")
    out = tmp_path / "memories.jsonl"
    memcoder("memory", "export", "--out", str(out))
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", "the key of somebody else")
    other = ("--store", str(tmp_path / "other"))
    assert memcoder("memory", "import", str(out), *other, "--json")["quarantined"] == RECORDS
    assert memcoder("recall", ".", ISSUE, *other, "--json")["memories"] == []
    assert len(memcoder("memory", "trust", "--all", *other, "--json")["trusted"]) == RECORDS
    assert memcoder("recall", ".", ISSUE, *other, "--json")["memories"]


def test_wrong_use_is_exit_2_and_leaves_nothing_behind(
    shop: tuple[GitRepo, dict[str, str]], tmp_path: Path, isolated: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    assert "not a git repository" in memcoder("mine", str(plain), code=2)
    GitRepo(tmp_path / "empty")
    assert "no commits" in memcoder("mine", str(tmp_path / "empty"), code=2)
    assert "empty" in memcoder("recall", ".", " ", code=2)
    assert "not a commit" in memcoder("recall", ".", ISSUE, "--exclude", "nope", code=2)
    assert not (isolated / "memcoder").exists()
    assert "is no memory's id" in memcoder("memory", "show", "nope", code=2)


def test_terminal_escapes_of_a_message_are_shown_not_sent(shop: tuple[GitRepo, dict[str, str]]) -> None:
    shop[0].commit("Fix \x1b[2Jhalf cents", {"a.py": "x = 1\n"})
    memcoder("mine", ".")
    assert "\x1b" not in memcoder("memory", "list")
