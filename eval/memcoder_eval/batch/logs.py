"""The log of each unit: a file OUT/logs/KEY.log."""

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memcoder_eval.batch.units import Unit, Work
from memcoder_eval.stores import Report

LOGS = "logs"


def unit_log(out: Path, unit: Unit) -> Report:
    """Writes lines of a unit, with their times, to its log; sittings follow one another there."""
    path = out / LOGS / f"{unit.key}.log"

    def report(line: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    return report


@dataclass(frozen=True)
class Logged:
    """Work whose beginning, end and errors are in each unit's log; may be pickled where the work may."""

    work: Work
    out: Path

    def __call__(self, unit: Unit) -> dict[str, Any]:
        """Raises what the work raises."""
        report = unit_log(self.out, unit)
        report(f"{unit.arm} on {unit.instance}, seed {unit.seed}")
        try:
            row = self.work(unit)
        except BaseException:
            report(traceback.format_exc().rstrip())
            raise
        report("ended")
        return row
