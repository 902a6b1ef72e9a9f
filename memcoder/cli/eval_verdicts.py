"""`memcoder eval verdicts`: are verdicts true?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_json, print_table, say
from memcoder.cli.eval_memories import out_option, repos_option, seed_option


def dataset_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which instances of which dataset."""
    for option in (
        click.option("--sample", type=click.IntRange(min=1), help="So many of them, drawn by the seed."),
        click.option("--only", help="Regular expression that the instances' ids must match."),
        click.option(
            "--dataset", required=True, type=click.Path(path_type=Path), help="Instances in SWE-bench's schema."
        ),
    ):
        command = option(command)
    return command


@click.command("verdicts")
@dataset_options
@repos_option
@click.option("--command-timeout", type=float, default=120.0, show_default=True, help="Seconds a run of the tests.")
@click.option("--sandbox", type=click.Choice(["docker", "local"]), default="docker", show_default=True, help="Where.")
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
    from memcoder_eval.localize.dataset import load

    from memcoder.config import load_settings

    settings = load_settings(None, **flags)
    instances = load(dataset, only=only, sample=sample, seed=settings.seed)
    report = benchmark.run_benchmark(instances, folder, settings, out, say)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print_json(report) if as_json else print_report(report)


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
