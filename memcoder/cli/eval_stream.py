"""`memcoder eval stream`: tasks in the order of time, with memory written back after each, under several policies."""

import math
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, safe_text, say
from memcoder.cli.eval_options import FOLDER as PATH
from memcoder.cli.eval_options import (
    dataset_options,
    names_in,
    out_option,
    seed_option,
    solving_options,
    stop_on_faults,
    take_workforce,
    tell_on_a_page,
)


@click.command("stream")
@dataset_options
@click.option("--repos", type=PATH, required=True, help="Folder of clones: owner__name or owner__name.git.")
@click.option(
    "--policies",
    "--arms",
    "policies",
    default="none,accepted",
    show_default=True,
    help="off, none, verified, accepted, merged.",
)
@click.option("--no-solve", is_flag=True, help="Only localise each task: recall alone, without a model.")
@seed_option
@click.option("--stores", type=PATH, help="Folder of mined stores, to share between results; they are copied.")
@click.option(
    "--mine-within", "within", type=click.FloatRange(min=0), default=math.inf, help="Seconds of mining a repository."
)
@click.option("--test-timeout", type=float, default=1800.0, show_default=True, help="Seconds a run of the tests.")
@solving_options
@out_option
@json_option
def stream(
    dataset: Path,
    only: str | None,
    sample: int | None,
    repos: Path,
    policies: str,
    no_solve: bool,
    stores: Path | None,
    within: float,
    test_timeout: float,
    out: Path,
    as_json: bool,
    **flags: Any,
) -> None:
    """Tasks in the order of time; after each, its fix may become memory for those after it.

    \b
    Examples:
      memcoder eval stream --dataset swebench_lite.jsonl --repos clones --no-solve --out results
      memcoder eval stream --dataset results/tasks/tasks.jsonl --repos results/source --model MODEL --out stream
    """
    from memcoder_eval.dataset import load
    from memcoder_eval.stream.benchmark import run_benchmark
    from memcoder_eval.stream.solve import solving

    from memcoder.config import load_settings

    workforce = take_workforce(flags, out, as_json)
    executor, budget, live = (workforce[name] for name in ("executor", "budget", "live"))
    settings = load_settings(None, **flags)
    instances = load(dataset, only, sample=sample, seed=settings.seed)
    solver = solving(instances, repos, settings, out, executor, budget, test_timeout, say)
    with nullcontext() if no_solve else solver as solve:
        report = run_benchmark(
            dataset,
            instances,
            repos,
            names_in(policies),
            settings,
            out,
            say,
            solve=solve,
            stores=stores,
            within=within,
            executor=executor,
            live=live,
        )
    tell_on_a_page(report, out, as_json, _print)
    stop_on_faults(report)


def _print(report: dict[str, Any]) -> None:
    print_table(
        [("policy", "tasks", "ended", "recall@1", "recall@5", "with fixes shown", "with lessons"), *_lines(report)]
    )
    for pair in report["pairs"]:
        told = "; ".join(_told(key, pair[key]) for key in ("recall@1", "recall@5"))
        click.echo(f"{pair['arm']} against {pair['against']}, on {pair['of']} tasks: {told}")
    for one in report["faults"]:
        click.echo(safe_text(f"cut off: {one['policy']} on {one['repository']}: {one['error']}"))
    for one in report["missing"]:
        click.echo(safe_text(f"missing: {one['instance']}: {one['why']}"))


def _lines(report: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for arm in report["arms"]:
        found = (_mean(arm["recall@1"]), _mean(arm["recall@5"]), str(arm["with_fixes"]), str(arm["with_lessons"]))
        yield (arm["name"], str(arm["total"]), str(arm["ended"]), *found)


def _told(key: str, found: dict[str, Any]) -> str:
    return f"{key} {_mean(found['difference'], '+')}, {found['won']} better, {found['lost']} worse"


def _mean(found: dict[str, Any], sign: str = "") -> str:
    low, high = found["interval"]
    return f"{found['percent']:{sign}.1f} [{low:{sign}.1f}, {high:{sign}.1f}]"
