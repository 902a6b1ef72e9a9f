"""`memcoder eval throughput`: units a minute by workers, on threads and on Ray."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import names_in, out_option, sandbox_option, seed_option, tell

ARMS = "threads-scripted,threads-fixed,ray-scripted,ray-fixed"


@click.command("throughput")
@click.option("--arms", default=ARMS, show_default=True, help="Who works, and how long the model takes.")
@click.option("--workers", default="1,2,4,8", show_default=True, help="Numbers of workers, with commas between them.")
@click.option("--units", type=click.IntRange(min=1), default=16, show_default=True, help="Units an arm and number.")
@click.option("--seconds", type=float, default=5.0, show_default=True, help="An answer of the arms `fixed` takes.")
@seed_option
@sandbox_option
@out_option
@json_option
def throughput(
    arms: str, workers: str, units: int, seconds: float, seed: int, sandbox: str, out: Path, as_json: bool
) -> None:
    """Time batches of small solves with a scripted model, and with one that takes a fixed time.

    \b
    Example:
      memcoder eval throughput --workers 1,2,4,8 --sandbox local --out results
    """
    from memcoder_eval.throughput import run_benchmark

    from memcoder.config import load_settings
    from memcoder.errors import UsageError

    if not all(word.isdecimal() and int(word) for word in names_in(workers)):
        raise UsageError(f"{workers!r} are no numbers of workers", "e.g. --workers 1,2,4,8")
    numbers = [int(word) for word in names_in(workers)]
    settings = load_settings(None, sandbox=sandbox, seed=seed, embedder="none")
    report = run_benchmark(names_in(arms), numbers, units, seconds, settings, out, say)
    tell(report, out, as_json, _print)


def _print(report: dict[str, Any]) -> None:
    rows = [
        (arm["name"], *(str(row[key]) for key in ("workers", "seconds", "beside", "per_minute")))
        for arm in report["arms"]
        for row in arm["workers"]
    ]
    print_table([("arm", "workers", "seconds", "beside, e.g. Ray's start", "units a minute"), *rows])
