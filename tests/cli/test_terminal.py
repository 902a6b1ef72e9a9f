"""Escape sequences in what others wrote do not reach the terminal; with the filter off they do."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from memcoder.cli import common, show, sitting
from memcoder.cli.main import cli
from tests.helpers import GitRepo

ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b1m\u202e"
CONTROL = {"\x1b", "\x07", "\x9b", "\u202e"}
SOURCE = f"# {ESCAPE}\ndef area(width, height):\n    return width + height\n"
TEST = f"""\
import unittest

from shape import area


class TestArea(unittest.TestCase):
    def test_area(self):
        self.assertEqual(area(2, 3), 6, {json.dumps(ESCAPE)})
"""
WRONG = f"{ESCAPE}\n```python\ndef area(width, height):\n    return width - height  # {ESCAPE}\n```\n"
RIGHT = WRONG.replace(" - ", " * ")


def said(tmp_path: Path, repo: GitRepo, *options: str) -> str:
    """All that solving, showing and listing print."""
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps(WRONG) + "\n" + json.dumps(RIGHT) + "\n")
    issue = f"area(2, 3) should be 6 {ESCAPE}"
    solve = ["solve", str(repo.path), "--issue", issue, "--test", "python -m unittest -v", "--sandbox", "local"]
    printed = ""
    for command in ([*solve, "--model", f"scripted:{script}", "--stream", *options], ["show", "last"], ["runs"]):
        result = CliRunner().invoke(cli, command, standalone_mode=False)
        assert result.exception is None, result.exception
        printed += result.output
    return printed


def test_escape_sequences_are_shown_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    repo = GitRepo(tmp_path / "repo")
    repo.commit(f"Add the area of shapes {ESCAPE}", {"shape.py": SOURCE, "test_shape.py": TEST})
    printed = said(tmp_path, repo)
    assert not CONTROL & set(printed)
    assert "verdict: verified" in printed
    assert printed.count("\\x1b]0;owned") > 3
    for module in (common, show, sitting):
        monkeypatch.setattr(module, "safe_text", lambda text: text)
    assert set(said(tmp_path, repo, "--new")) >= CONTROL
