"""The whole line on a real base, by the commands that a user types: fixes are accepted, become an adapter that the gate
accepts and that is promoted, and `solve` asks it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memcoder.runs.store import RunStore
from tests.helpers import GitRepo
from tests.internalize.exercises import script_of
from tests.internalize.shop import NAMES, PAST, SUBJECTS
from tests.small import small_model_at_home

pytestmark = pytest.mark.slow

BY_HAND = ("--sandbox", "local", "--strategy", "tools", "--no-reproduce", "--test", "true")
FIXES = NAMES[:5]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """SmolLM2's file in the test's own home, or a skip that says how to get it."""
    small_model_at_home()
    monkeypatch.setenv("MEMCODER_EMBEDDER", "none")


def memcoder(*arguments: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """The document that a command prints."""
    command = [sys.executable, "-m", "memcoder", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in codes, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def function(symbol: str, says: str) -> str:
    return f"def {symbol}(count):\n    return count + {says}\n"


def make_shop(folder: Path) -> GitRepo:
    """A shop whose modules are all one too high, and whose history keeps coming back to them."""
    shop = GitRepo(folder)
    for name in PAST:
        shop.commit(f"Add {name} to the shop", {f"shop/{name}.py": function(f"make_{name}", "0")})
    for day in range(3):
        for name, symbol in FIXES:
            shop.commit(f"Fix the {name} of day {day}", {f"shop/{name}.py": function(symbol, f"{day - 1}")})
    return shop


def accept_fix(shop: GitRepo, at: int, folder: Path) -> None:
    """A run whose patch is right, and a human's word on it."""
    (name, symbol), title = FIXES[at], SUBJECTS[at]
    folder.mkdir()
    right = f"sed -i 's/count + 1/count/' shop/{name}.py"
    script = script_of(folder, ("bash", {"command": right}), ("submit", {"summary": "Done."}))
    issue = f"{title}\n\n{symbol} gives one more than it should."
    solved = memcoder(
        "solve", str(shop.path), "--issue", issue, "--model", f"scripted:{script}", *BY_HAND, codes=(0, 1)
    )
    memcoder("review", solved["run"], "--accept", "--by", "Ann")


def test_from_accepted_fixes_to_an_adapter_that_solve_asks(small: None, tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop")
    for at in range(len(FIXES)):
        accept_fix(shop, at, tmp_path / str(at))
    made = memcoder("internalize", str(shop.path), "--base", "small", "--epochs", "3")
    print(json.dumps(made, indent=2))
    (adapter,) = memcoder("adapter", "list")["adapters"]
    assert adapter["verdict"] == "accepted"
    asked = ("--issue", SUBJECTS[0], "--model", "adapter:promoted", "--max-time", "60", "--sandbox", "local")
    solved = memcoder("solve", str(shop.path), *asked, codes=(0, 1, 4))
    run = RunStore.open().load(solved["run"])
    assert run.model == f"adapter:{adapter['id']}"
    assert run.usage.tokens_out > 0, "it answered"
