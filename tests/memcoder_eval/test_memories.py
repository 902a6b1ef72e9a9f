"""`eval memories` on a small history whose right answers are known."""

import json
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval import memories

from memcoder import MemoryStore, Repository, Settings, UsageError
from tests.helpers import make_shop

SETTINGS = Settings(embedder="none")


@pytest.fixture
def history(tmp_path: Path) -> dict[str, str]:
    git, shas = make_shop(tmp_path / "shop")
    follow = f"Half cents of negative prices were rounded away\n\nFollow-up to {shas['rounding']}."
    shas["follow"] = git.commit(follow, {"shop/money.py": "x = 1\n"})
    lost = f"Quux blarg frobs snork twice\n\nBug in {shas['cart']}."
    shas["lost"] = git.commit(lost, {"shop/cart.py": "x = 1\n"})
    back = f'Revert "Refuse to reserve less than one item"\n\nThis reverts commit {shas["reserve"]}.\n\n'
    shas["revert"] = git.commit(back + "Returns reserve negative counts of an item.", {"shop/stock.py": "x = 1\n"})
    return shas


def run(
    tmp_path: Path, arms: list[str], distilled: Path | None = None, said: list[str] | None = None
) -> dict[str, Any]:
    report = (said if said is not None else []).append
    return memories.run_benchmark(
        tmp_path, ["shop"], 10, arms, distilled, tmp_path / "stores", SETTINGS, tmp_path / "out", report
    )


def test_ranks_shares_and_resuming(tmp_path: Path, history: dict[str, str]) -> None:
    report = run(tmp_path, ["raw"])
    ranks = {row["later"]: row["ranks"] for row in report["rows"]}
    assert ranks[history["follow"]].keys() == {"fused", "message-words", "place-words", "diff-words", "vectors"}
    assert (ranks[history["follow"]]["fused"], ranks[history["follow"]]["message-words"]) == (1, 1)
    assert set(ranks[history["lost"]].values()) == {0}
    assert ranks[history["revert"]]["fused"] == 1
    (arm,) = report["arms"]
    assert (arm["name"], arm["total"]) == ("raw", 3)
    assert arm["follow-up"]["fused"]["recall@1"] == {"hits": 1, "total": 2, "percent": 50.0, "interval": [9.5, 90.5]}
    assert arm["revert"]["message-words"]["recall@5"]["hits"] == 1
    said: list[str] = []
    assert run(tmp_path, ["raw"], said=said) == report
    assert any("0 queries to do, 3 done" in line for line in said)


def test_raw_against_distilled_on_a_copy_of_the_store(tmp_path: Path, history: dict[str, str]) -> None:
    fields = {
        "keywords": ["quux", "blarg", "frobs", "snork"],
        "problem": "Quux and blarg did not frob a snork.",
        "root_cause": "The snork was left out.",
        "solution": "The snork is frobbed twice.",
    }
    rows = [
        {"repository": "shop", "commit": history["cart"], "fields": fields},
        {"repository": "shop", "commit": history["rounding"], "fields": None},
    ]
    made = tmp_path / "made"
    made.mkdir()
    (made / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = run(tmp_path, ["raw", "distilled"], made)
    assert report["compared"]["pairs"] == 1
    compared = report["compared"]["fused"]["recall@1"]
    assert (compared["raw"]["hits"], compared["distilled"]["hits"], compared["won"], compared["lost"]) == (0, 1, 1, 0)
    repo = Repository.open(tmp_path / "shop")
    with MemoryStore.open(SETTINGS.model_copy(update={"store": tmp_path / "stores" / "shop"}), repo.key) as store:
        assert not any(memory.distilled for memory in store.all())  # the raw store stays raw
    assert run(tmp_path, ["raw", "distilled"], made) == report


def test_repositories_take_turns_and_a_third_are_reverts() -> None:
    def pool(name: str, count: int, relation: str) -> list[dict[str, Any]]:
        return [{"later": f"{name}{relation}{number}", "relation": relation} for number in range(count)]

    found = {name: pool(name, 50, "follow-up") + pool(name, 50, "revert") for name in ("a", "b", "c")}
    found["c"] = pool("c", 1, "follow-up")
    accept = lambda name, one: one if one["later"] != "afollow-up3" else None  # noqa: E731
    drawn = memories.draw(found, 30, 0, accept)
    assert len(drawn) == 30
    assert sum(one["relation"] == "revert" for one in drawn) == 10
    assert sum(one["later"].startswith("c") for one in drawn) == 1
    assert "afollow-up3" not in [one["later"] for one in drawn]
    assert drawn == memories.draw(found, 30, 0, accept)
    assert drawn != memories.draw(found, 30, 1, accept)


def test_wrong_use_is_refused(tmp_path: Path, history: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="unknown"):
        run(tmp_path, ["cooked"])
    with pytest.raises(UsageError, match="distilled"):
        run(tmp_path, ["raw", "distilled"])
    with pytest.raises(UsageError, match="no results"):
        run(tmp_path, ["raw", "distilled"], tmp_path)
