"""The tables of `memcoder eval conventions`."""

from typing import Any

import click

from memcoder.cli.common import safe_text

COLUMNS = ("stated", "conventions", "mean stated", "mean held", "inside", "pooled", "95 %", "changes")


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
    whole = [COLUMNS, *lines]
    widths = [max(len(line[at]) for line in whole) for at in range(len(COLUMNS))]
    for line in whole:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    if helpers and helpers["stated"]:
        click.echo(f"helpers used again: {helpers['used_again']} of {helpers['stated']}")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
