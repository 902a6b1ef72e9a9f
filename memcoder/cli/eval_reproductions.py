"""`memcoder eval reproductions`: what a model writes of an issue before it is resolved."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import (
    dataset_options,
    names_in,
    out_option,
    repos_option,
    seed_option,
    stores_option,
    tell,
)


@click.command("reproductions")
@dataset_options
@repos_option
@click.option("--arms", default="memories,bare", show_default=True, help="With recalled memories, and without.")
@click.option("--model", default="embedded", show_default=True, help="The model that writes.")
@click.option("--max-time", type=float, default=300.0, show_default=True, help="Seconds an instance and arm.")
@seed_option
@stores_option
@out_option
@json_option
def reproductions(
    dataset: Path,
    folder: Path,
    only: str | None,
    sample: int | None,
    arms: str,
    stores: Path | None,
    out: Path,
    as_json: bool,
    **flags: Any,
) -> None:
    """Have a model write reproductions and checklists: how many are right, with and without recalled memories.

    \b
    Example:
      memcoder eval reproductions --dataset swebench_lite.jsonl --repos ~/clones --sample 10 --out results
    """
    from memcoder_eval import reproductions as benchmark
    from memcoder_eval.dataset import load

    from memcoder.config import load_settings

    settings = load_settings(None, checklist=True, **flags)
    instances = load(dataset, only=only, sample=sample, seed=settings.seed)
    report = benchmark.run_benchmark(instances, folder, stores or out / "stores", names_in(arms), settings, out, say)
    tell(report, out, as_json, print_report)


def print_report(report: dict[str, Any]) -> None:
    """Counts an arm, of the instances that could be run."""
    columns = ("written", "passes_on_reference", "stands_in_issue", "checklist_names_file")
    lines = [("arm", "run", *(column.replace("_", " ") for column in columns))]
    for arm in report["arms"]:
        lines.append((arm["name"], f"{arm['run']}/{arm['total']}", *(_cell(arm[column]) for column in columns)))
    print_table(lines)


def _cell(value: dict[str, Any]) -> str:
    low, high = value["interval"]
    return f"{value['hits']} ({low} to {high} %)"
