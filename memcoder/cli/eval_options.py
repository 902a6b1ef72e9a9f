"""Options that several benchmarks share, and what each does with its report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import print_json, say
from memcoder.cli.options import with_options

FOLDER = click.Path(path_type=Path)

repos_option = click.option(
    "--repos", "folder", required=True, type=FOLDER, help="Folder of clones: NAME, owner__NAME.git."
)
names_option = click.option("--names", required=True, help="Repositories, with commas between them.")
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything random.")
sandbox_option = click.option(
    "--sandbox", type=click.Choice(["docker", "local"]), default="docker", show_default=True, help="Where commands run."
)
stores_option = click.option(
    "--stores", type=FOLDER, help="Folder of mined stores, one a repository; OUT/stores where none."
)
out_option = click.option("--out", required=True, type=FOLDER, help="Folder of results; resumed when it exists.")


def dataset_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which instances of which dataset."""
    options = (
        click.option("--dataset", required=True, type=FOLDER, help="Instances in SWE-bench's schema."),
        click.option("--only", help="Regular expression that the instances' ids must match."),
        click.option("--sample", type=click.IntRange(min=1), help="So many of them, drawn by the seed."),
    )
    return with_options(options, command)


def solving_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The model that solves, its limits, and who works."""
    options = (
        click.option("--model", default="embedded", show_default=True, help="The model of every arm."),
        click.option("--max-time", type=float, default=900.0, show_default=True, help="Seconds an attempt."),
        click.option("--max-cost", type=float, default=1.0, show_default=True, help="US dollars an attempt."),
        click.option("--max-total-cost", type=click.FloatRange(min=0), help="US dollars for all attempts together."),
        click.option("--max-total-tokens", type=click.IntRange(min=1), help="Tokens for all attempts together."),
        click.option(
            "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Instances at a time."
        ),
        click.option("--ray", "address", metavar="ADDRESS", help="On a Ray cluster: HOST:PORT, or local."),
    )
    return with_options(options, command)


def take_workforce(flags: dict[str, Any], out: Path, as_json: bool) -> dict[str, Any]:
    """What `solving_options` say of who works, taken out of the flags: the executor, the budget that all attempts share
    (over all sittings, in OUT/spent.json), and whether a table is kept up to date on the terminal.
    """
    import sys

    from memcoder_eval.batch.executors import executor

    from memcoder.agent.budget import SharedBudget

    limits = {"max_cost": flags.pop("max_total_cost"), "max_tokens": flags.pop("max_total_tokens")}
    return {
        "executor": executor(flags.pop("workers"), flags.pop("address")),
        "budget": SharedBudget(out / "spent.json", **limits),
        "live": sys.stderr.isatty() and not as_json,
    }


def names_in(text: str) -> list[str]:
    """What is listed with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def tell(report: dict[str, Any], out: Path | None, as_json: bool, show: Callable[[dict[str, Any]], None]) -> None:
    """Keep the report in OUT/report.json, where there is such a folder to be, and print it."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    if as_json:
        print_json(report)
    else:
        show(report)


def tell_on_a_page(report: dict[str, Any], out: Path, as_json: bool, show: Callable[[dict[str, Any]], None]) -> None:
    """As `tell`, and keep it as OUT/report.html and OUT/report.md too."""
    from memcoder_eval.report.page import write_report

    tell(report, out, as_json, show)
    say(f"the page of this run: {write_report(report, out)}")


def stop_on_faults(report: dict[str, Any]) -> None:
    """Called last. Raises FaultError where a fault ended some of the batch: what was told is not the whole of it."""
    from memcoder.errors import FaultError

    faults = len(report.get("faults", ())) + sum(arm.get("errors", 0) for arm in report["arms"])
    if faults:
        hint = "the rows say why; repeat the command, and those are made again"
        raise FaultError(f"a fault ended {faults} of the batch", hint)
