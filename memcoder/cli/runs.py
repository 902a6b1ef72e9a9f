"""`memcoder runs`: list runs."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, safe_text, say

if TYPE_CHECKING:
    from memcoder.records import Run

COLUMNS = ("run", "started", "state", "verdict", "review", "issue")
STYLES = {"verified": "green", "accepted": "green", "failed": "red", "rejected": "red", "unverified": "yellow"}


@click.command("runs")
@click.option("--runs", "folder", type=click.Path(path_type=Path), help="Folder of runs, e.g. of a benchmark.")
@json_option
def command(folder: Path | None, as_json: bool) -> None:
    """List runs, oldest first.

    \b
    Example:
      memcoder runs --json
    """
    from memcoder.runs.store import RunStore

    store = RunStore.open(folder)
    runs, broken = store.survey()
    rows = [row_of(run) for run in runs]
    if as_json:
        print_json({"runs": rows, "broken": broken})
        return
    _print(rows + [{"run": name, "state": "broken"} for name in broken])
    if not rows and not broken:
        say("no runs yet; `memcoder solve` makes one")


def row_of(run: "Run") -> dict[str, Any]:
    """What a listing says of a run."""
    return {
        "run": run.id,
        "state": run.state,
        "verdict": run.verdict.status if run.verdict else None,
        "review": run.review.decision if run.review else None,
        "started": run.started,
        "model": run.model,
        "repository": run.task.repository,
        "issue": run.task.issue.strip().partition("\n")[0][:80],
    }


def _print(rows: list[dict[str, Any]]) -> None:
    """Columns of one width each; colours only where standard output is a terminal."""
    from rich.console import Console
    from rich.text import Text

    cells = [[_cell(row, column) for column in COLUMNS] for row in rows]
    widths = [max((len(line[at]) for line in cells), default=0) for at in range(len(COLUMNS))]
    console = Console(highlight=False, soft_wrap=True)
    for line in cells:
        padded = [(cell.ljust(width) + "  ", STYLES.get(cell, "")) for cell, width in zip(line, widths, strict=True)]
        text = Text.assemble(*padded)
        text.rstrip()
        console.print(text)


def _cell(row: dict[str, Any], column: str) -> str:
    value = row.get(column)
    if column == "started" and value is not None:
        return time.strftime("%Y-%m-%d %H:%M", time.gmtime(value))
    return safe_text(str(value)) if value else "-"
