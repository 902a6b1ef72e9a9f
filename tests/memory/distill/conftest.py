import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memcoder.memory.mine import mine
from memcoder.memory.store import MemoryStore
from memcoder.models.scripted import ScriptedModel
from memcoder.records import Memory

ROUNDING: dict[str, Any] = {
    "keywords": ["rounding", "half cents", "round_cents"],
    "problem": "Invoices were a cent short when a price had half a cent.",
    "root_cause": "`round_cents` cut the product with int, so half a cent was lost.",
    "solution": "Half a unit is added before the cut, so halves go up.",
}
"""A right description of the shop's commit `rounding`."""
WRONG = ROUNDING | {"solution": "Calls `quantize_cents` before the sum is taken."}
"""It names a function that nothing in the commit knows."""

Script = Callable[..., ScriptedModel]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """A model that gives these answers (documents, or texts) in order."""

    def make(*answers: Any) -> ScriptedModel:
        path = tmp_path / "script.jsonl"
        texts = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
        path.write_text("".join(json.dumps(text) + "\n" for text in texts))
        return ScriptedModel(path)

    return make


@pytest.fixture
def rounding(shop: Any, repo: Any, store: MemoryStore) -> Memory:
    """The mined memory of the shop's commit `rounding`."""
    mine(repo, store)
    memory = store.get(shop[1]["rounding"])
    assert memory is not None
    return memory
