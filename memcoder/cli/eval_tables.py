"""Tables that several benchmarks print."""

from collections.abc import Mapping
from typing import Any

import click

from memcoder.cli.common import print_table

ARM = ("arm", "resolved", "95 %", "unsupported", "errors", "tokens", "cost", "file IoU", "lines", "conventions")
ROW = ("instance", "arm", "how", "tokens", "seconds", "")


def print_solving(report: Mapping[str, Any]) -> None:
    """A line an instance and arm, a line an arm, a line a pair of arms."""
    print_table([ROW, *(_row(row) for row in report["instances"])])
    print_table([ARM, *(_arm(arm) for arm in report["arms"] if "interval" in arm)])
    for pair in report["pairs"]:
        low, high = pair["interval"]
        least = pair["detectable"]
        could = "no difference could be shown" if least is None else f"{least} points could be shown"
        click.echo(
            f"{pair['arm']} against {pair['against']}, on {pair['of']}: {pair['won']} won, {pair['lost']} lost, "
            f"{pair['difference']:+} points ({low} to {high}), p {pair['p']}; with so many, {could}"
        )


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    tokens, seconds = row.get("tokens", ""), row.get("seconds", "")
    error = " ".join(str(row.get("error") or "").split())[:100]
    return (row["instance"], row["arm"], row["category"], str(tokens), str(seconds), error)


def _arm(arm: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = arm["interval"]
    name = f"{arm['name']} (invalid)" if arm["invalid"] else arm["name"]
    cells = [arm[key] for key in ("unsupported", "errors", "tokens", "cost", "file_iou", "changed_lines_ratio")]
    told = (f"{arm['resolved']}/{arm['total']}", f"{low} to {high}")
    return (name, *told, *("" if cell is None else str(cell) for cell in (*cells, arm["conventions_kept"])))
