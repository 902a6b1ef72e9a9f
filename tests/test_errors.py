"""Each kind of error has one exit code, and says what to do."""

import errno
import os
import sqlite3
from pathlib import Path

import click
import pytest

from memcoder.cli.common import INTERRUPTED, run_command
from memcoder.errors import FaultError, LimitError, MemcoderError, MissingError, UsageError, disk_faults


@pytest.mark.parametrize(("kind", "code"), [(UsageError, 2), (MissingError, 3), (LimitError, 4), (FaultError, 5)])
def test_exit_code_message_and_hint(
    kind: type[MemcoderError], code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def fails() -> None:
        raise kind("the thing", "do this")

    monkeypatch.setattr("sys.argv", ["memcoder"])
    assert run_command(fails) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "memcoder: the thing\n  do this\n"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_fault_that_names_the_file(
    code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def fails() -> None:
        raise OSError(code, os.strerror(code), "/some/file")

    monkeypatch.setattr("sys.argv", ["memcoder"])
    assert run_command(fails) == 5
    assert "the disk is full: /some/file" in capsys.readouterr().err


def test_a_full_database_is_a_fault_and_another_error_stays_what_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "small.sqlite") as database:
        database.execute("PRAGMA max_page_count = 2")
        with pytest.raises(FaultError, match="disk is full"), disk_faults():
            database.execute("CREATE TABLE large AS SELECT zeroblob(100000)")
        with pytest.raises(sqlite3.OperationalError), disk_faults():
            database.execute("no SQL")
    database.close()


def test_what_an_error_quotes_cannot_move_the_cursor(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def fails() -> None:
        raise FaultError("the build said \x1b[2Jall is well", "\x1b]0;title\x07")

    monkeypatch.setattr("sys.argv", ["memcoder"])
    run_command(fails)
    assert capsys.readouterr().err == "memcoder: the build said \\x1b[2Jall is well\n  \\x1b]0;title\\x07\n"


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["memcoder"])
    assert run_command(interrupted) == INTERRUPTED
    assert "interrupted" in capsys.readouterr().err
