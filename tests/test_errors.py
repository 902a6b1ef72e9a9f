"""Each kind of error has one exit code, and says what to do."""

import click
import pytest

from memcoder.cli.common import INTERRUPTED, run_command
from memcoder.errors import FaultError, LimitError, MemcoderError, MissingError, UsageError


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


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["memcoder"])
    assert run_command(interrupted) == INTERRUPTED
    assert "interrupted" in capsys.readouterr().err
