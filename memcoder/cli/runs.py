"""`memcoder runs`: list runs."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, safe_text, say
from memcoder.wording import first_line

if TYPE_CHECKING:
    from memcoder.records import Run

COLUMNS = ("run", "started", "state", "verdict", "review", "issue")
STATES = ("running", "done", "stopped", "faulted")
STYLES = {"verified": "green", "accepted": "green", "failed": "red", "rejected": "red", "unverified": "yellow"}


@click.command("runs")
@click.option("--runs", "folder", type=click.Path(path_type=Path), help="Folder of runs, e.g. of a benchmark.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--repo", type=click.Path(path_type=Path), help="Only those of this repository.")
@click.option("--limit", type=click.IntRange(min=1), help="Only so many of the newest.")
@json_option
def command(folder: Path | None, state: str | None, repo: Path | None, limit: int | None, as_json: bool) -> None:
    """List runs, oldest first.

    `stopped` by a limit, `faulted` and `running` (or cut off) ones go on with `memcoder resume`.

    \b
    Examples:
      memcoder runs --state faulted --repo .
      memcoder runs --limit 5 --json
    """
    from memcoder.runs.store import RunStore

    runs, broken = RunStore.open(folder).survey()
    rows = [row_of(run) for run in runs if state in (None, run.state) and (repo is None or _is_of(run, repo))]
    rows = rows[-limit:] if limit else rows
    broken = [] if state or repo or limit else broken
    if as_json:
        print_json({"runs": rows, "broken": broken})
        return
    _print(rows + [{"run": name, "state": "broken"} for name in broken])
    if not rows and not broken:
        say("no such runs" if runs else "no runs yet; `memcoder solve` makes one")


def _is_of(run: "Run", repo: Path) -> bool:
    """Whether a run is of the repository that holds a folder."""
    return repo.expanduser().resolve().is_relative_to(Path(run.task.repository).resolve())


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
        "issue": first_line(run.task.issue, 80),
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
