"""`memcoder eval conventions`: do counted conventions last?"""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_table, safe_text, say
from memcoder.cli.eval_options import names_in, tell

COLUMNS = ("stated", "conventions", "mean stated", "mean held", "inside", "pooled", "95 %", "changes")


@click.command("conventions")
@click.option("--repos", required=True, type=click.Path(path_type=Path), help="Folder of repositories.")
@click.option("--names", default="", help="Names in that folder, with commas between them; all where left out.")
@click.option(
    "--share", type=click.FloatRange(0.1, 0.95), default=0.8, show_default=True, help="Part of a history counted on."
)
@json_option
def conventions(repos: Path, names: str, share: float, as_json: bool) -> None:
    """Count conventions on the first part of each history, and look for them in the rest.

    \b
    Example:
      memcoder eval conventions --repos ~/src --names flask,django
    """
    from memcoder_eval import conventions as benchmark

    report = benchmark.run_benchmark(repos, names_in(names), share, say)
    tell(report, None, as_json, print_tables)


def print_tables(report: dict[str, Any]) -> None:
    """A table for each repository, then all of them together, by bin and by rule."""
    for arm in report["arms"]:
        counted = f"{arm['changes_before']:,} changes counted, {arm['changes_after']:,} held out"
        click.echo(f"\n{safe_text(arm['name'])}: {counted}, cut at {arm['cut'][:10]}")
        _print([_line(_bin(row), row) for row in arm["calibration"]], arm["helpers"])
    click.echo("\nall repositories")
    _print([_line(_bin(row), row) for row in report["calibration"]], report["helpers"])
    click.echo("\nall repositories, what is stated at 80 % or more, by rule")
    _print([_line(row["rule"], row) for row in report["rules"]], None)


def _bin(row: dict[str, Any]) -> str:
    return f"{row['from']:.0%} to {row['to']:.0%}"


def _line(name: str, row: dict[str, Any]) -> tuple[str, ...]:
    low, high = row["interval"]
    return (
        name,
        str(row["conventions"]),
        _percent(row["stated"]),
        _percent(row["held"]),
        f"{row['inside']}/{row['of']}",
        _percent(row["pooled"]),
        f"{low:.1%}–{high:.1%}" if row["changes"] else "",
        f"{row['changes']:,}",
    )


def _print(lines: list[tuple[str, ...]], helpers: dict[str, Any] | None) -> None:
    print_table([COLUMNS, *lines])
    if helpers and helpers["stated"]:
        click.echo(f"helpers used again: {helpers['used_again']} of {helpers['stated']}")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
