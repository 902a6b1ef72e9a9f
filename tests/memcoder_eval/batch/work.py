"""Work for tests of batches; in a file of its own, so that other processes can import it."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memcoder_eval.batch.executor import Threads
from memcoder_eval.batch.run import run_units
from memcoder_eval.batch.units import Unit, Work
from memcoder_eval.results import Results

from memcoder import MissingError


def units(count: int, arms: tuple[str, ...] = ("none", "structured")) -> list[Unit]:
    """So many units, dealt to the arms in turn."""
    return [Unit.of(arms[number % len(arms)], f"shop__{number:02}", 0) for number in range(count)]


def row_of(unit: Unit) -> dict[str, Any]:
    """What an agent would leave: a third resolved, a third with another patch, a third without one."""
    number = int(unit.instance.rpartition("_")[2])
    patch = f"patch of {unit.key}" if number % 3 < 2 else ""
    return {"patch": patch, "resolved": number % 3 == 0, "tokens": number, "cost": 0.01}


@dataclass(frozen=True)
class Slowly:
    """Takes a moment, and notes in a file that a unit was begun."""

    notes: Path
    seconds: float = 0.02

    def __call__(self, unit: Unit) -> dict[str, Any]:
        with self.notes.open("a") as file:
            file.write(f"{unit.key}\n")
        time.sleep(self.seconds)
        return row_of(unit)


@dataclass(frozen=True)
class Dying:
    """The first worker that does one of the units dies of it."""

    key: str
    mark: Path
    work: Work

    def __call__(self, unit: Unit) -> dict[str, Any]:
        if unit.key == self.key and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.work(unit)


@dataclass(frozen=True)
class Failing:
    """One of the units has no clone."""

    key: str

    def __call__(self, unit: Unit) -> dict[str, Any]:
        if unit.key == self.key:
            raise MissingError("there is no clone", "clone it")
        return row_of(unit)


def main(out: Path, count: int, seconds: float = 0.02) -> None:
    """A sitting of the batch that test_killed kills."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without one
    results = Results(out, {"seed": 0})
    run_units(units(count), Slowly(out.parent / f"{out.name}.begun", seconds), results, Threads(3), print)
