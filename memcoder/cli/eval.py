"""`memcoder eval`: benchmarks. Each is a program of memcoder_eval over memcoder's public API."""

import json
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_json, print_table, say
from memcoder.cli.eval_conventions import conventions
from memcoder.cli.eval_fit import fit
from memcoder.cli.eval_localize import localize
from memcoder.cli.eval_memories import distill, memories


@click.group("eval")
def command() -> None:
    """Benchmarks that print one table, or one JSON document.

    \b
    Example:
      memcoder eval repair ~/src/QuixBugs --max-time 300 --out results
    """


for benchmark in (localize, conventions, distill, memories, fit):
    command.add_command(benchmark)


@command.command("repair")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--arms", default="one-shot,staged", show_default=True, help="Configurations to compare.")
@click.option("--programs", default="", help="Names, with commas between them.")
@click.option("--first", type=click.IntRange(min=1), help="Only the first N programs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything random.")
@click.option("--model", default="embedded", show_default=True, help="The model of every arm.")
@click.option(
    "--sandbox", type=click.Choice(["docker", "local"]), default="docker", show_default=True, help="Where programs run."
)
@click.option("--max-time", type=float, default=300.0, show_default=True, help="Seconds a program and arm.")
@click.option("--max-total-cost", type=click.FloatRange(min=0), help="US dollars for all programs and arms together.")
@click.option("--max-total-tokens", type=click.IntRange(min=1), help="Tokens for all programs and arms together.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results and runs; resumed when it exists.")
@json_option
def repair(
    folder: Path,
    arms: str,
    programs: str,
    first: int | None,
    max_total_cost: float | None,
    max_total_tokens: int | None,
    out: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Repair programs in QuixBugs' layout: each arm, each program, in containers.

    \b
    Example:
      memcoder eval repair ~/src/QuixBugs --first 20 --seed 0 --max-time 300 --out results
    """
    from memcoder_eval import repair as benchmark

    from memcoder.agent.budget import SharedBudget
    from memcoder.config import load_settings

    names = [name for name in programs.split(",") if name]
    if first:
        names = names or [program.name for program in benchmark.programs(folder)][:first]
    settings = load_settings(None, **flags)
    where = out or Path(f"memcoder-eval-repair-{settings.seed}")
    budget = SharedBudget(where / "spent.json", max_cost=max_total_cost, max_tokens=max_total_tokens)
    report = benchmark.run_benchmark(folder, names, arms.split(","), settings, where, say, budget)
    (where / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print_json(report) if as_json else _table(report)


def _table(report: dict[str, Any]) -> None:
    columns = ("program", "arm", "solved", "by", "attempts", "calls", "candidates", "tokens", "seconds")
    lines = [columns, *(tuple(_cell(row[column]) for column in columns) for row in report["programs"])]
    for arm in report["arms"]:
        solved = f"{arm['solved']}/{arm['total']}"
        lines.append(("total", arm["name"], solved, "", *(_cell(arm[key]) for key in columns[4:])))
    print_table(lines)


def _cell(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
