import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import GitRepo, make_shop


def memcoder(*arguments: str, code: int = 0) -> str:
    """Run the command as a user does, piped; what it printed, or what it said where it failed."""
    done = subprocess.run([sys.executable, "-m", "memcoder", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if code else done.stdout


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[GitRepo, dict[str, str]]:
    made = make_shop(tmp_path / "shop")
    monkeypatch.setenv("MEMCODER_EMBEDDER", "none")
    monkeypatch.chdir(made[0].path)
    return made


def test_the_chain_is_printed_with_the_introducing_commit_marked(shop: tuple[GitRepo, dict[str, str]]) -> None:
    shown = memcoder("why", "round_cents")
    assert "shop/money.py:1-2  round_cents" in shown
    assert f"  {shop[1]['rounding'][:10]}  2023-11-15  changed     Fix rounding of half cents" in shown
    assert f"* {shop[1]['money'][:10]}  2023-11-14  introduced  Add money helpers" in shown
    found = json.loads(memcoder("why", "shop/money.py:1-2", "--json"))
    assert found["introduced"] == shop[1]["money"]
    assert [step["did"] for step in found["steps"]] == ["changed", "introduced"]
    assert (found["usage"], found["summary"]) == (None, [])


def test_a_summary_is_made_only_when_asked_for(
    shop: tuple[GitRepo, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text(f'"It rounds half cents up [{shop[1]["rounding"][:10]}]."\n')
    monkeypatch.setenv("MEMCODER_MODEL", f"scripted:{script}")
    assert "It rounds half cents up" not in memcoder("why", "round_cents")
    assert "It rounds half cents up" in memcoder("why", "round_cents", "--summary")
    monkeypatch.delenv("MEMCODER_MODEL")
    document = json.loads(memcoder("why", "round_cents", "--model", f"scripted:{script}", "--json"))
    assert (len(document["summary"]), document["usage"]["calls"]) == (1, 1)
    assert "no model was chosen" in memcoder("why", "round_cents", "--summary", code=2)


def test_wrong_places_are_exit_2_with_a_hint(shop: tuple[GitRepo, dict[str, str]]) -> None:
    assert "did you mean shop/money.py?" in memcoder("why", "money.py", code=2)
    assert "lines count from 1" in memcoder("why", "shop/money.py:99", code=2)
    assert "shop/cart.py:5-6" in memcoder("why", "__init__", code=2)
    assert "not a commit" in memcoder("why", "round_cents", "--as-of", "nope", code=2)


def test_terminal_escapes_are_shown_not_sent(shop: tuple[GitRepo, dict[str, str]]) -> None:
    shop[0].commit("Round \x1b[2J\n\n\x1b]0;owned\x07", {"shop/money.py": "def round_cents(amount):\n    return 1\n"})
    shown = memcoder("why", "round_cents")
    assert "\\x1b[2J" in shown
    assert "\x1b" not in shown
    assert "\x1b" not in memcoder("why", "round_cents", "--json")
