"""`memcoder eval swebench`: SWE-bench by its official grader."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import (
    FOLDER,
    names_in,
    out_option,
    seed_option,
    solving_options,
    stop_on_faults,
    take_workforce,
    tell_on_a_page,
)
from memcoder.cli.eval_tables import print_solving


@click.command("swebench")
@click.option("--dataset", required=True, help="lite, verified, another name of the hub, or a JSONL file.")
@click.option("--repos", "folder", type=FOLDER, help="Folder of clones: owner__NAME.git; to grade, images can do.")
@click.option(
    "--arms", default="gold,empty", show_default=True, help="gold, empty, none, raw, structured, shuffled, oracle."
)
@click.option("--filter", "--only", "only", help="Regular expression that the instances' ids must match.")
@click.option("--slice", "part", metavar="A:B", help="Of those, from the A-th up to the B-th, counted from 0.")
@click.option("--after", metavar="YYYY-MM-DD", help="Only instances that came up on this day or later.")
@click.option("--exclude-lite", is_flag=True, help="Leave out of Verified the 93 instances that Lite has too.")
@click.option("--sample", type=click.IntRange(min=1), help="So many of them, drawn by the seed.")
@click.option("--test-timeout", type=float, default=1800.0, show_default=True, help="Seconds a run of the tests.")
@solving_options
@seed_option
@out_option
@json_option
def swebench(
    dataset: str,
    folder: Path | None,
    arms: str,
    only: str | None,
    part: str | None,
    after: str | None,
    exclude_lite: bool,
    sample: int | None,
    test_timeout: float,
    out: Path,
    as_json: bool,
    **flags: Any,
) -> None:
    """Solve instances in arms that differ in memory, and grade what comes of it by the official harness.

    First the reference and no patch at all are graded: where the one does not resolve an instance, or the other does,
    the environment is broken, and nobody is asked to solve it.

    \b
    Examples:
      memcoder eval swebench --dataset lite --repos ~/clones --filter '^sympy__' --out results
      memcoder eval swebench --dataset verified --arms none,structured --model MODEL --repos ~/clones --out results
    """
    from memcoder_eval.solving.campaign import Campaign
    from memcoder_eval.swebench.benchmark import run_benchmark
    from memcoder_eval.swebench.check import Plan
    from memcoder_eval.swebench.choose import Choice, chosen

    from memcoder.config import load_settings

    workforce = take_workforce(flags, out, as_json)
    settings = load_settings(None, **flags)
    instances = chosen(dataset, out, Choice(only, part, after, exclude_lite, sample, settings.seed))
    campaign = Campaign(names_in(arms), settings, folder or out, out, **workforce)
    plan = Plan(folder, settings, campaign.executor.workers or 1, test_timeout)
    report = run_benchmark(instances, plan, campaign, say)
    tell_on_a_page(report, out, as_json, print_report)
    stop_on_faults(report)


def print_report(report: dict[str, Any]) -> None:
    """Of the self-check a line an instance; then the arms that solved."""
    _print_check(report.get("check", report["instances"]), report["sound"])
    if "pairs" in report:
        print_solving(report)


def _print_check(instances: list[dict[str, Any]], sound: int) -> None:
    lines = [("instance", "version", "base", "gold", "empty", "")]
    for row in instances:
        cells = [str(row["resolved"].get(name, "-")).lower() for name in ("gold", "empty")]
        lines.append((row["instance"], row["version"], row["base"], *cells, row["reason"][:120]))
    print_table(lines)
    click.echo(f"sound: {sound} of {len(instances)}")
