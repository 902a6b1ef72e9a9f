"""`memcoder eval throughput`: how many units a minute a batch ends, by workers, on threads and on Ray.

Each unit is one small solve, whole: mined, recalled, attempted, verified in a fresh sandbox. Its model is a script; in
the arms `fixed` each answer takes a fixed time, as that of a model elsewhere would. What a batch costs for a machine,
`scripted` shows; what workers gain where units wait, `fixed`.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memcoder import FaultError, Settings
from memcoder_eval.arms import check_arms
from memcoder_eval.batch.executors import executor
from memcoder_eval.batch.logs import LOGS
from memcoder_eval.batch.over_ray import LOCAL
from memcoder_eval.batch.run import run_units
from memcoder_eval.batch.small import SmallSolve
from memcoder_eval.batch.units import Unit
from memcoder_eval.results import Results
from memcoder_eval.stores import Report

ARMS = ("threads-scripted", "threads-fixed", "ray-scripted", "ray-fixed")


def run_benchmark(
    arms: Sequence[str],
    workers: Sequence[int],
    count: int,
    seconds: float,
    settings: Settings,
    out: Path,
    report: Report,
) -> dict[str, Any]:
    """`count` units in each arm with each number of workers, what has a row in `out` left alone.

    `seconds` is what an answer takes in the arms `fixed`. Times are from the first unit's beginning to the last one's
    end; what the batch took beside that, such as the start and end of Ray, is told apart.
    """
    check_arms(arms, ARMS)
    holds = {"units": count, "seconds": seconds, "sandbox": settings.sandbox, "seed": settings.seed}
    results = Results(out, holds)
    for arm in arms:
        for number in workers:
            if not any((row["arm"], row["workers"]) == (arm, number) for row in results.rows()):
                report(f"{arm}, {number} workers")
                results.add(_row(arm, number, count, seconds, settings, out / "batch"))
    rows = [row for row in results.rows() if row["arm"] in arms and row["workers"] in workers]
    named = {arm: [row for row in rows if row["arm"] == arm] for arm in arms}
    told = [{"name": arm, "total": count, "workers": own} for arm, own in named.items()]
    return {"command": "throughput", **holds, "arms": told}


def _row(arm: str, number: int, count: int, seconds: float, settings: Settings, folder: Path) -> dict[str, Any]:
    where, _, model = arm.partition("-")
    work = SmallSolve(folder, settings, seconds if model == "fixed" else 0.0)
    units = [Unit.of(arm, f"small-{at}", settings.seed) for at in range(count)]
    shutil.rmtree(folder, ignore_errors=True)
    begun = time.monotonic()
    runner = executor(number, LOCAL if where == "ray" else None)
    rows = run_units(units, work, Results(folder, {}), runner, lambda line: None)
    whole = time.monotonic() - begun
    if unsolved := [row for row in rows if not row.get("resolved")]:
        why = unsolved[0].get("error") or "its patch is not verified"
        raise FaultError(f"{len(unsolved)} of {count} units were not solved: {why}", f"logs are in {folder / LOGS}")
    shutil.rmtree(folder, ignore_errors=True)
    taken = max(row["ended"] for row in rows) - min(row["began"] for row in rows)
    return {
        "arm": arm,
        "workers": number,
        "seconds": round(taken, 1),
        "beside": round(whole - taken, 1),
        "per_minute": round(60 * count / taken, 1),
    }
