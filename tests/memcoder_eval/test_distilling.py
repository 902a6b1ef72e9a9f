"""`eval distill` with a model that answers from a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval import distilling

from memcoder import FaultError, Settings, UsageError
from tests.helpers import make_shop

ANSWER = {
    "keywords": ["behaviour"],
    "problem": "The shop did not behave as a buyer expects.",
    "root_cause": "A case was left out where it was written.",
    "solution": "The missing case is handled before anything else.",
}
"""Plain words, so that every commit bears it out."""
BAD = ANSWER | {"solution": "It calls `no_such_thing` before the sum."}


def run(tmp_path: Path, answers: list[Any], count: int = 3, said: list[str] | None = None) -> dict[str, Any]:
    script = tmp_path / "script.jsonl"
    script.write_text("".join(json.dumps(json.dumps(answer)) + "\n" for answer in answers))
    settings = Settings(model=f"scripted:{script}", embedder="none", max_time=60.0)
    report = (said if said is not None else []).append
    return distilling.run_benchmark(
        tmp_path, ["shop"], count, False, tmp_path / "stores", settings, tmp_path / "out", report
    )


def test_shares_reasons_and_resuming(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop")
    with pytest.raises(FaultError):  # the model ends after the second commit
        run(tmp_path, [ANSWER, BAD, ANSWER])
    said: list[str] = []
    report = run(tmp_path, [BAD, BAD], said=said)
    assert "1 to do, 2 done; at worst 1 minutes" in said
    whole = report["arms"][0]
    assert (whole["name"], whole["total"]) == ("all", 3)
    assert (whole["valid_first"]["hits"], whole["valid"]["hits"]) == (1, 2)
    assert whole["refusals"] == {"unknown name": 3}
    assert whole["valid"]["interval"][0] < 66.7 < whole["valid"]["interval"][1]
    assert [row["fields"] is not None for row in report["commits"]] == [True, True, False]
    assert report["commits"][2]["details"][0] == ["unknown name: no_such_thing"]
    assert run(tmp_path, []) == report  # all is done: nothing is asked
    # The store that recall is measured on stays raw.
    assert run(tmp_path, [], count=1)["arms"][0]["total"] == 1


def test_a_sample_is_drawn_by_the_seed(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop")
    first = run(tmp_path, [ANSWER] * 3)
    chosen = [row["commit"] for row in first["commits"]]
    assert len(set(chosen)) == 3
    assert json.loads((tmp_path / "out" / "chosen.json").read_text()) == {"shop": chosen}


def test_nothing_named_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no repository"):
        distilling.run_benchmark(tmp_path, [], 1, False, tmp_path, Settings(), tmp_path / "out", print)
