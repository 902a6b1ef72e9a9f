"""The models under examination: the base, and the adapters that rounds of training leave behind."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memcoder import Judge, LimitError, Training, train
from memcoder_eval.closed_book.lessons import lessons
from memcoder_eval.closed_book.library import Library
from memcoder_eval.closed_book.plan import FIRST, NO_REHEARSAL

Report = Callable[[str], None]


class Deadline:
    """When this sitting ends."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds to go. Raises LimitError where there are none."""
        if (left := self._end - time.monotonic()) <= 0:
            raise LimitError("the time is over", "the same command with the same --out goes on from there")
        return left


class Models:
    """Trains adapters into `folder` where they are not there yet, and holds one model in memory at a time."""

    def __init__(self, base: Path, library: Library, folder: Path, how: Training) -> None:
        self.base, self.library, self.folder, self.how = base, library, folder, how
        self._judge: Judge | None = None

    def base_alone(self) -> Judge:
        """The base without an adapter."""
        return self._wearing(None)

    def after(self, name: str, rounds: int, deadline: Deadline, report: Report) -> Judge:
        """The model of an arm after so many rounds, each of which goes on with the adapter of the one before."""
        adapter = None
        for number in range(1, rounds + 1):
            adapter = self._trained(FIRST if number == 1 else name, number, adapter, deadline, report)
        return self._wearing(adapter)

    def _trained(self, name: str, number: int, start: Path | None, deadline: Deadline, report: Report) -> Path:
        folder = self.folder / f"{name}-{number}"
        examples = lessons(self.library, number, rehearsal=name != NO_REHEARSAL)
        if not (folder / "adapter").exists():
            self._judge = None  # training loads a base of its own
            report(f"{name}: training round {number} on {len(examples)} examples")
        tell, left = _teller(report), deadline.left()
        return train(self.base, examples, folder, self.how, start=start, progress=tell, max_time=left)

    def _wearing(self, adapter: Path | None) -> Judge:
        if self._judge is None:
            self._judge = Judge(self.base)
        return self._judge.wear(adapter)


def _teller(report: Report) -> Callable[[Any], None]:
    """A line for each tenth of a training."""
    told = -1

    def tell(step: Any) -> None:
        nonlocal told
        if (tenth := 10 * step.step // step.steps) > told:
            told = tenth
            report(f"  step {step.step} of {step.steps}, loss {step.loss:.3f}, {step.left:.0f} s to go")

    return tell
