import json
from pathlib import Path

import click
import pytest

from memcoder.cli import common
from memcoder.cli.common import print_json, progress_bar, run_command, safe_text

HOSTILE = "a\x1b[2J\x9b31m\x07\x08\u202ez"


@click.command()
@click.argument("path")
def write(path: str) -> None:
    """Write to a file."""
    Path(path).write_text("x")


def test_control_characters_are_shown_not_sent() -> None:
    assert safe_text(HOSTILE) == "a\\x1b[2J\\x9b31m\\x07\\x08\\x202ez"


def test_a_path_that_cannot_be_used_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["write", str(tmp_path / "no folder" / "file")])
    assert run_command(write) == 2
    said = capsys.readouterr().err
    assert "no folder/file: No such file or directory" in said
    assert "give another path" in said
    monkeypatch.setattr("sys.argv", ["write", str(tmp_path / "file")])
    assert run_command(write) == 0


def test_lines_and_ordinary_writing_stay() -> None:
    assert safe_text("ab\tc\nÄ 漢 🙂") == "ab\tc\nÄ 漢 🙂"
    assert safe_text("one\r\ntwo\rthree") == "one\ntwo\\x0dthree"


def test_json_sends_no_control_character_either(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": HOSTILE})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"text": HOSTILE}
    assert all(char == "\n" or char.isprintable() for char in printed)


def test_progress_in_a_log_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_bar() as progress:
        progress("mining", 1, 40)
    assert capsys.readouterr().err == ""  # what is over at once needs no line
    monkeypatch.setattr(common, "LINE_SECONDS", 0.0)
    with progress_bar() as progress:
        progress("mining", 1, 40)
        progress("reading", 7, 0)
    assert capsys.readouterr().err == "mining: 1 of 40\nreading: 7\n"
    with progress_bar(enabled=False) as progress:
        progress("mining", 1, 40)
    assert capsys.readouterr().err == ""
