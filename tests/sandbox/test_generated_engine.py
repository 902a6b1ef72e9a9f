"""An engine that loses output, or a script that fails, is no end of a build."""

from types import SimpleNamespace
from typing import Any

from memcoder.sandbox.generated import TRIES, narrow_generated, save_generated


class Container:
    """Answers to one command after another as it was told."""

    def __init__(self, *answers: tuple[int | None, bytes | None, bytes | None]) -> None:
        self._answers = list(answers)

    def exec_run(self, *_: Any, **__: Any) -> SimpleNamespace:
        code, printed, errors = self._answers.pop(0)
        return SimpleNamespace(exit_code=code, output=(printed, errors))


def test_output_that_was_lost_is_asked_for_again() -> None:
    lost = (0, None, None)
    assert narrow_generated(Container(lost, lost, (0, b'{"files": 1, "bytes": 7}', None))) == (7, "")
    assert narrow_generated(Container(*[lost] * TRIES))[0] == 0


def test_a_failure_and_what_was_too_large_are_notes() -> None:
    count, notes = save_generated(Container((1, None, b"Traceback\ngit cannot say what is ignored\n")), {})
    assert (count, notes[0].rpartition(": ")[2]) == (0, "git cannot say what is ignored")
    count, notes = save_generated(Container((0, b'{"files": 2, "bytes": 9, "left_out": 3}', None)), {})
    assert (count, notes[0][:13]) == (2, "3 large files")
