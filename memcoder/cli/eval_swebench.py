"""`memcoder eval swebench`: SWE-bench by its official grader."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import FOLDER, names_in, out_option, seed_option, tell


@click.command("swebench")
@click.option("--dataset", required=True, help="lite, verified, another name of the hub, or a JSONL file.")
@click.option("--repos", "folder", type=FOLDER, help="Folder of clones: owner__NAME.git; without it, images alone.")
@click.option("--arms", default="gold,empty", show_default=True, help="What submits patches, with commas.")
@click.option("--only", help="Regular expression that the instances' ids must match.")
@click.option("--exclude-lite", is_flag=True, help="Leave out of Verified the 93 instances that Lite has too.")
@click.option("--sample", type=click.IntRange(min=1), help="So many of them, drawn by the seed.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Instances at a time.")
@click.option("--test-timeout", type=float, default=1800.0, show_default=True, help="Seconds a run of the tests.")
@seed_option
@out_option
@json_option
def swebench(
    dataset: str, folder: Path | None, arms: str, workers: int, out: Path, as_json: bool, **flags: Any
) -> None:
    """Grade the reference and no patch at all: in a sound environment the one resolves and the other does not.

    \b
    Example:
      memcoder eval swebench --dataset lite --repos ~/clones --only '^sympy__' --workers 2 --out results
    """
    from memcoder_eval.swebench.check import Plan, run_check
    from memcoder_eval.swebench.choose import chosen

    from memcoder.config import load_settings

    settings = load_settings(None, seed=flags["seed"])
    instances = chosen(dataset, out, flags["only"], flags["exclude_lite"], flags["sample"], settings.seed)
    plan = Plan(folder, settings, workers, flags["test_timeout"])
    report = run_check(instances, names_in(arms), plan, out, say)
    tell(report, out, as_json, print_report)


def print_report(report: dict[str, Any]) -> None:
    """A line an instance, then the totals."""
    names = [arm["name"] for arm in report["arms"]]
    lines = [("instance", "version", "base", *names, "")]
    for row in report["instances"]:
        cells = ["-" if name not in row["resolved"] else str(row["resolved"][name]).lower() for name in names]
        lines.append((row["instance"], row["version"], row["base"], *cells, row["reason"][:120]))
    totals = [f"{arm['resolved']}/{arm['total']}" for arm in report["arms"]]
    lines.append(("resolved", "", "", *totals, ""))
    print_table(lines)
    click.echo(f"sound: {report['sound']} of {len(report['instances'])}")
