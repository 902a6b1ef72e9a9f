"""What a person sees of a training."""

import pytest

from memcoder.cli import training_bar as bar
from memcoder.internalize.training.example import Step


def step(number: int, left: float = 100.0) -> Step:
    return Step(step=number, steps=3, loss=1.23456, seconds=1.0, left=left, memory=2_100_000_000)


def test_a_file_gets_a_line_a_minute_and_the_last_step(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with bar.training_bar(live=False) as report:
        report(step(1))
        assert capsys.readouterr().err == "", "a minute has not passed"
        report(step(3, left=0.0))
    assert capsys.readouterr().err == "step 3 of 3, loss 1.235, 0 s to go, 2.1 GB\n"
    monkeypatch.setattr(bar, "EVERY", 0.0)
    with bar.training_bar(live=False) as report:
        report(step(1))
    assert capsys.readouterr().err == "step 1 of 3, loss 1.235, 2 min to go, 2.1 GB\n"


def test_a_terminal_gets_a_live_line(capsys: pytest.CaptureFixture[str]) -> None:
    with bar.training_bar(live=True) as report:
        report(step(1, left=7200.0))
    assert capsys.readouterr().out == "", "standard output is for the result"


def test_durations_are_said_as_people_say_them() -> None:
    assert [bar.duration(seconds) for seconds in (5, 100, 7200)] == ["5 s", "2 min", "2.0 h"]
