"""`memcoder eval repair`: programs in QuixBugs' layout, repaired by several arms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, say
from memcoder.cli.eval_options import names_in, sandbox_option, seed_option, tell

COLUMNS = ("program", "arm", "solved", "by", "attempts", "calls", "candidates", "tokens", "seconds")


@click.command("repair")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--arms", help="one-shot, staged, tools, mini, mini-sampled (default: one-shot,staged,mini).")
@click.option("--programs", default="", help="Names, with commas between them.")
@click.option("--first", type=click.IntRange(min=1), help="Only the first N programs.")
@click.option("--draw", type=click.IntRange(min=1), help="Only N of those, drawn by the seed.")
@seed_option
@click.option("--model", default="embedded", show_default=True, help="The model of every arm.")
@sandbox_option
@click.option("--max-time", type=float, default=300.0, show_default=True, help="Seconds a program and arm.")
@click.option("--max-steps", type=click.IntRange(min=1), help="Model calls a program and arm (default: any number).")
@click.option("--max-total-cost", type=click.FloatRange(min=0), help="US dollars for all programs and arms together.")
@click.option("--max-total-tokens", type=click.IntRange(min=1), help="Tokens for all programs and arms together.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results and runs; resumed when it exists.")
@json_option
def repair(
    folder: Path,
    arms: str | None,
    programs: str,
    first: int | None,
    draw: int | None,
    max_steps: int | None,
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
    from memcoder_eval.repair.arms import default_arms
    from memcoder_eval.repair.benchmark import run_benchmark
    from memcoder_eval.repair.programs import choose

    from memcoder.agent.budget import SharedBudget
    from memcoder.config import load_settings

    settings = load_settings(None, **flags)
    chosen = choose(folder, names_in(programs), first, draw, settings.seed)
    where = out or Path(f"memcoder-eval-repair-{settings.seed}")
    budget = SharedBudget(where / "spent.json", max_cost=max_total_cost, max_tokens=max_total_tokens)
    names = names_in(arms) if arms else default_arms()
    report = run_benchmark(folder, chosen, names, settings, where, say, budget, max_steps=max_steps)
    tell(report, where, as_json, _print)


def _print(report: dict[str, Any]) -> None:
    print_table([COLUMNS, *_lines(report)])
    for arm in report["arms"]:
        low, high = arm["interval"]
        click.echo(f"{arm['name']}: {arm['solved']} of {arm['total']} solved, 95 % interval {low} to {high} %")
    for pair in report["pairs"]:
        click.echo(
            f"{pair['arm']} against {pair['against']}, on {pair['of']} programs: {pair['won']} solved by it alone, "
            f"{pair['lost']} by the other alone, {pair['both']} by both, p {pair['p']}"
        )


def _lines(report: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for row in report["programs"]:
        yield tuple(_cell(row[column]) for column in COLUMNS)
    for arm in report["arms"]:
        solved = f"{arm['solved']}/{arm['total']}"
        yield ("total", arm["name"], solved, "", *(_cell(arm[key]) for key in COLUMNS[4:]))


def _cell(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
