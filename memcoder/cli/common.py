"""What every command shares: JSON output, errors with their exit codes, progress that fits a terminal or a log."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from memcoder.wording import visible

if TYPE_CHECKING:
    from memcoder.records import Fit

INTERRUPTED = 130
LINE_SECONDS = 30.0
"""Between two lines of progress where there is no terminal."""
WRONG_PATHS = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
"""What a path that a user gave may raise wherever it is first used."""


def run_command(command: click.Command) -> int:
    """Run a click command and return its exit code; known errors print a message and a hint."""
    from memcoder.errors import MemcoderError, disk_faults

    try:
        with disk_faults():
            result = command.main(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return 2
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except MemcoderError as error:
        say(f"memcoder: {error.message}")
        if error.hint:
            say(f"  {error.hint}")
        return error.exit_code
    except WRONG_PATHS as error:
        say(f"memcoder: {error.filename or 'a path'}: {error.strerror or error}")
        say("  give another path, or make this one usable")
        return 2


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def print_json(document: dict[str, Any]) -> None:
    """One document on standard output; in ASCII, so that no control character of untrusted text gets through."""
    click.echo(json.dumps(document, indent=2, default=str))


def say(message: str) -> None:
    """A line for the person who waits: standard error. It may quote what untrusted code printed."""
    click.echo(safe_text(message), err=True)


def stream(text: str) -> None:
    """A piece of a model's answer, for the person who waits: standard error."""
    click.echo(safe_text(text), err=True, nl=False)


def print_table(lines: Sequence[Sequence[str]]) -> None:
    """Rows of equally many cells, the first of them the heads, in columns that are as wide as they must be."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def fit_lines(fit: "Fit | None") -> Iterator[str]:
    """The verdict's second part, a line each: its score, what is broken, what nobody checked, how much is kept."""
    if fit is None:
        return
    unchecked = [finding for finding in fit.findings if finding.outcome == "not verified"]
    yield f"fit: {fit.score:.2f}, {len(fit.kept)} kept, {len(fit.broken)} broken, {len(unchecked)} not verified"
    for finding in (*fit.broken, *unchecked, *fit.kept):
        yield " ".join(f"  {finding.outcome}: {finding.line}".split("\n"))


Progress = Callable[[str, int, int], None]
"""Called as (what, done, total); total 0 where it is not known."""


@contextmanager
def progress_bar(enabled: bool | None = None) -> Iterator[Progress]:
    """A progress display on standard error; where that is not a terminal a line now and then, unless enabled or not."""
    if enabled is None and not sys.stderr.isatty():
        yield _lines()
        return
    if enabled is False:
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def update(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total or None)

        yield update


def _lines() -> Progress:
    """Progress for a log: a line every half minute, so that who reads along sees that something goes on."""
    due = every(LINE_SECONDS)

    def update(what: str, done: int, total: int) -> None:
        if due():
            say(f"{what}: {done} of {total}" if total else f"{what}: {done}")

    return update


def every(seconds: float) -> Callable[[], bool]:
    """Yes once in so many seconds, for the first time after as many."""
    last = time.monotonic()

    def due() -> bool:
        nonlocal last
        if time.monotonic() - last < seconds:
            return False
        last = time.monotonic()
        return True

    return due


def safe_text(text: str) -> str:
    """Untrusted text for a terminal: control characters, which could move the cursor or hide text, are shown as such.

    Line feeds and tabs stay; so does everything that `--json` prints, because JSON escapes it.
    """
    return visible(text.replace("\r\n", "\n"))
