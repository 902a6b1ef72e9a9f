"""`memcoder eval overhead`: what a step costs where the model and the command take no time."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import names_in, sandbox_option, tell

COLUMNS = {
    "median_ms_first_100": "first 100",
    "median_ms_last_100": "last 100",
    "p95_ms": "95 %",
    "mean_ms": "mean",
    "own_ms_first_100": "own work, first 100",
    "own_ms_last_100": "last 100",
}


@click.command("overhead")
@click.option("--steps", type=click.IntRange(min=1), default=1000, show_default=True, help="Steps of each arm.")
@sandbox_option
@click.option("--arms", help="memcoder, bare, mini (default: all that are installed).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for report.json.")
@json_option
def overhead(steps: int, sandbox: str, arms: str | None, out: Path | None, as_json: bool) -> None:
    """Time steps that do nothing: a scripted reply, parsed; `true`, run; the outcome, rendered and written.

    \b
    Example:
      memcoder eval overhead --steps 1000 --sandbox local
    """
    from memcoder_eval.overhead.benchmark import default_arms, run_benchmark

    from memcoder.config import load_settings

    names = names_in(arms) if arms else default_arms()
    report = run_benchmark(steps, names, load_settings(None, sandbox=sandbox), say)
    tell(report, out, as_json, _print)


def _print(report: dict[str, Any]) -> None:
    rows = [(arm["name"], *(f"{arm[column]:.2f}" for column in COLUMNS)) for arm in report["arms"]]
    print_table([("arm", *COLUMNS.values()), *rows])
    click.echo(
        f"milliseconds a step, of {report['steps']}: medians, 95th percentile and mean of the wall, and medians of "
        f"what the process itself worked; a checkpoint of memcoder's takes {report['checkpoint_ms']:.0f} ms"
    )
