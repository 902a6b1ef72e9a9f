"""`memcoder eval fit`: does fit tell a merged patch from the same patch spoiled?"""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import (
    names_in,
    names_option,
    out_option,
    repos_option,
    seed_option,
    stores_option,
    tell,
)


@click.command("fit")
@repos_option
@names_option
@click.option("--fixes", type=click.IntRange(min=1), default=20, show_default=True, help="Past fixes a repository.")
@click.option(
    "--tools",
    type=click.Choice(["none", "local", "docker"]),
    default="none",
    show_default=True,
    help="Sandbox in which the projects' formatters and linters run.",
)
@seed_option
@stores_option
@out_option
@json_option
def fit(
    folder: Path, names: str, fixes: int, tools: str, seed: int, stores: Path | None, out: Path, as_json: bool
) -> None:
    """Look at past fixes as merged and spoiled: how often the merged one fits better, and what is said of merged ones.

    \b
    Example:
      memcoder eval fit --repos ~/clones --names flask,seaborn --fixes 20 --tools local --out results
    """
    from memcoder_eval import fit as benchmark

    from memcoder.config import load_settings

    settings = load_settings(None, seed=seed, sandbox=None if tools == "none" else tools)
    report = benchmark.run_benchmark(
        folder, names_in(names), fixes, stores or out / "stores", settings, tools != "none", out, say
    )
    tell(report, out, as_json, print_report)


def print_report(report: dict[str, Any]) -> None:
    """Against each way of spoiling, then the complaints of merged patches."""
    lines = [("repository", "spoiled by", "patches", "merged better", "95 %", "same", "worse")]
    complaints = [("repository", "merged patches complained of", "of", "percent", "95 %", "kinds")]
    for arm in report["arms"]:
        for way, row in arm["ways"].items():
            better = row["better"]
            lines.append((arm["name"], way, str(better["total"]), *_share(better), str(row["same"]), str(row["worse"])))
        kinds = ", ".join(f"{kind} {each['hits']}" for kind, each in arm["complaints_by_kind"].items())
        found = arm["complaints"]
        complaints.append((arm["name"], str(found["hits"]), str(found["total"]), *_share(found), kinds))
    print_table(lines)
    click.echo()
    print_table(complaints)


def _share(value: dict[str, Any]) -> tuple[str, str]:
    low, high = value["interval"]
    return f"{value['percent']} %", f"{low} to {high}"
