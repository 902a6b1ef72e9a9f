"""`mine --distill`, `memory prune` and `restore` as a user runs them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_memory_commands import memcoder
from tests.helpers import GitRepo, make_shop

ANSWER = {
    "keywords": ["behaviour"],
    "problem": "The shop did not behave as a buyer expects.",
    "root_cause": "A case was left out where it was written.",
    "solution": "The missing case is handled before anything else.",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[GitRepo, dict[str, str]]:
    made = make_shop(tmp_path / "shop")
    monkeypatch.setenv("MEMCODER_EMBEDDER", "none")
    monkeypatch.chdir(made[0].path)
    return made


def script(tmp_path: Path, *answers: Any) -> str:
    path = tmp_path / "script.jsonl"
    path.write_text("".join(json.dumps(json.dumps(answer)) + "\n" for answer in answers))
    return f"scripted:{path}"


def test_distilling_says_what_it_costs_before_and_after(shop: object, tmp_path: Path) -> None:
    bad = ANSWER | {"problem": "It is `nowhere_to_be_found` in the shop."}
    model = script(tmp_path, ANSWER, bad, bad)
    report = memcoder("mine", ".", "--distill", "2", "--model", model, "--json")
    assert report["distilled"]["estimate"]["memories"] == 2
    assert report["distilled"]["estimate"]["tokens_in"] > 400
    assert (report["distilled"]["distilled"], report["distilled"]["refused"]) == (1, 1)
    assert sum(memory["problem"] is not None for memory in memcoder("memory", "list", "--json")["memories"]) == 1
    # The next two: neither the distilled one nor the refused one is asked about again.
    again = memcoder("mine", ".", "--distill", "2", "--model", script(tmp_path, ANSWER, ANSWER), "--json")
    assert again["distilled"]["distilled"] == 2
    assert "distilled" not in memcoder("mine", ".", "--json")
    text = memcoder("mine", ".", "--distill", "9", "--model", script(tmp_path), code=5)
    assert "commits with scripted:" in text
    assert "tokens in and" in text
    assert "the same command goes on" in text


def test_no_model_is_chosen_by_itself(shop: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-that-is-in-the-environment")
    assert "none was chosen" in memcoder("mine", ".", "--distill", "2", code=2)


def test_prune_says_then_does_and_can_be_undone(shop: tuple[GitRepo, dict[str, str]]) -> None:
    git, shas = shop
    memcoder("mine", ".")
    assert "would be retired: 0" in memcoder("memory", "prune")
    git.git("reset", "--quiet", "--hard", shas["reserve"])
    said = memcoder("memory", "prune")
    assert "would be retired: 1" in said
    assert "vanished" in said
    assert "--yes does it" in said
    assert memcoder("memory", "show", shas["docs"], "--json")["memory"]["retired"] is None
    done = memcoder("memory", "prune", "--yes", "--json")
    assert (done["applied"], done["changed"]) == (True, 1)
    assert "history, retired" in memcoder("memory", "list", "--limit", "1")
    assert memcoder("memory", "restore", shas["docs"][:10], "--json") == {"restored": [shas["docs"]]}
    assert "is no memory's id" in memcoder("memory", "prune", "nope", code=2)


def test_what_nothing_speaks_against_is_retired_by_a_command_of_its_own(
    shop: tuple[GitRepo, dict[str, str]],
) -> None:
    key = shop[1]["reserve"]
    memcoder("mine", ".")
    assert f"memcoder memory retire {key}" in memcoder("memory", "prune", key)
    assert memcoder("memory", "retire", key[:10], "--reason", "misleads", "--json") == {"retired": [key]}
    assert memcoder("memory", "show", key, "--json")["memory"]["retired"] == "misleads"
    assert "retired: misleads" in memcoder("memory", "show", key)
    assert "0 retired" in memcoder("memory", "retire", key)
    memcoder("mine", ".")
    memcoder("memory", "prune", "--yes")
    assert memcoder("memory", "show", key, "--json")["memory"]["retired"] == "misleads", "until a human restores it"
    assert "1 restored" in memcoder("memory", "restore", key)
