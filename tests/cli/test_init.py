"""`memcoder init`: the user's choice, written once and whole."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from memcoder.config import load_settings, user_file


def memcoder(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from memcoder.cli.main import main; main()", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_the_model_is_written_for_the_owner_alone() -> None:
    result = memcoder("init", "--model", "embedded", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"model": "embedded", "file": str(user_file())}
    assert stat.S_IMODE(user_file().stat().st_mode) == 0o600
    assert load_settings().model == "embedded"
    assert [path.name for path in user_file().parent.iterdir()] == ["config.toml"]


def test_a_pipe_that_names_no_model_is_refused_and_nothing_is_left() -> None:
    result = memcoder("init")
    assert result.returncode == 2
    assert "no model was named" in result.stderr
    assert not user_file().exists()


def test_other_settings_and_comments_stay() -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text('# mine\nmodel = "old"\nmax_cost = 2.5  # enough\n\n[recipe]\nnetwork = false\n')
    assert memcoder("init", "--model", 'openai/"new"').returncode == 0
    assert user_file().read_text().startswith('# mine\nmodel = "openai/\\"new\\""\nmax_cost = 2.5  # enough\n')
    assert load_settings().model == 'openai/"new"'
    assert load_settings().recipe.network is False


@pytest.mark.parametrize("text", ["model = [\n", 'mdel = "x"\n', 'model = """\nlong"""\n'])
def test_a_file_that_cannot_be_edited_is_left_as_it_is(text: str) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text(text)
    result = memcoder("init", "--model", "embedded")
    assert result.returncode == 2, result.stdout
    assert user_file().read_text() == text


def test_a_fault_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    assert memcoder("init", "--model", "embedded").returncode == 0
    before = user_file().read_text()
    assert memcoder("init", "--model", "embedded", "--sandbox", "moon").returncode == 2
    assert user_file().read_text() == before
