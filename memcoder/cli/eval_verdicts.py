"""`memcoder eval verdicts`: are verdicts true?"""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import dataset_options, out_option, repos_option, sandbox_option, seed_option, tell


@click.command("verdicts")
@dataset_options
@repos_option
@click.option("--command-timeout", type=float, default=120.0, show_default=True, help="Seconds a run of the tests.")
@sandbox_option
@seed_option
@out_option
@json_option
def verdicts(
    dataset: Path, folder: Path, only: str | None, sample: int | None, out: Path, as_json: bool, **flags: Any
) -> None:
    """Judge patches whose worth is known: the reference of each instance, and others that resolve nothing.

    \b
    Example:
      memcoder eval verdicts --dataset swebench_lite.jsonl --repos ~/clones --only '^sympy' --sample 5 --out results
    """
    from memcoder_eval import verdicts as benchmark
    from memcoder_eval.dataset import load

    from memcoder.config import load_settings

    settings = load_settings(None, **flags)
    instances = load(dataset, only=only, sample=sample, seed=settings.seed)
    report = benchmark.run_benchmark(instances, folder, settings, out, say)
    tell(report, out, as_json, print_report)


def print_report(report: dict[str, Any]) -> None:
    """A line an instance, `ok` where the verdict is true, else the verdict; then the totals."""
    names = [arm["name"] for arm in report["arms"]]
    lines = [("instance", *names)]
    for row in report["instances"]:
        lines.append((row["instance"], *(_cell(row["patches"].get(name)) for name in names)))
    lines.append(("right", *(f"{arm['right']}/{arm['judged']}" for arm in report["arms"])))
    print_table(lines)
    for row in report["instances"]:
        if "missing" in row:
            click.echo(f"{row['instance']}: {row['missing']}")


def _cell(told: dict[str, Any] | None) -> str:
    if told is None:
        return "-"
    return "ok" if told["right"] else f"WRONG: {told['status']}"
