import json

import pytest

from memcoder.cli.common import print_json, safe_text

HOSTILE = "a\x1b[2J\x9b31m\x07\x08\u202ez"


def test_control_characters_are_shown_not_sent() -> None:
    assert safe_text(HOSTILE) == "a\\x1b[2J\\x9b31m\\x07\\x08\\x202ez"


def test_lines_and_ordinary_writing_stay() -> None:
    assert safe_text("ab\tc\nÄ 漢 🙂") == "ab\tc\nÄ 漢 🙂"
    assert safe_text("one\r\ntwo\rthree") == "one\ntwo\\x0dthree"


def test_json_sends_no_control_character_either(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": HOSTILE})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"text": HOSTILE}
    assert all(char == "\n" or char.isprintable() for char in printed)
