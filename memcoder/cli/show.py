"""`memcoder show`: one run, in the terminal, as JSON, or as a page."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from memcoder.cli.common import fit_lines, json_option, print_json, safe_text, say
from memcoder.runs.clock import clock
from memcoder.wording import first_line

if TYPE_CHECKING:
    from memcoder.records import Evidence, Patch, Review, Run

Line = tuple[str, str]
"""A style of rich, and what is written in it."""
STATUS = {"verified": "green", "accepted": "green", "failed": "red", "rejected": "red"}
DIFF = {"add": "green", "del": "red", "hunk": "cyan", "file": "bold"}


@click.command("show")
@click.argument("run")
@click.option("--html", type=click.Path(path_type=Path), help="Write one self-contained page to this file.")
@click.option("--runs", "folder", type=click.Path(path_type=Path), help="Folder of runs, e.g. of a benchmark.")
@json_option
def command(run: str, html: Path | None, folder: Path | None, as_json: bool) -> None:
    """Show RUN (an id, a unique beginning of one, or `last`): memories, timeline, patch, evidence.

    Times are the run's own, over all its sittings.

    \b
    Examples:
      memcoder show last
      memcoder show last --html run.html
    """
    from memcoder.runs.page import render_page
    from memcoder.runs.store import RunStore

    store = RunStore.open(folder)
    found = store.load(run)
    if html:
        _write(html, render_page(found))
        say(f"wrote {html}")
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif not html:
        print_run(found)
        click.echo(f"record: {store.path(found.id)}")


def print_run(run: "Run") -> None:
    """The run on standard output, in colour where that is a terminal; untrusted text is made harmless."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for style, text in lines(run):
        console.print(Text(safe_text(text), style=style))


def lines(run: "Run") -> Iterator[Line]:
    """The run, line by line."""
    yield "bold", f"run {run.id}: {run.state}"
    yield "", f"issue: {first_line(run.task.issue)}"
    yield "dim", f"model {run.model}, strategy {run.strategy}, seed {run.seed}, base {run.task.base_commit[:12]}"
    if run.error:
        yield "red", f"error: {first_line(run.error)}"
    yield from _recalled(run)
    for moment in run.timeline:
        outcome = f": {first_line(moment.outcome)}" if moment.outcome else ""
        yield "green" if moment.passed else "", f"{clock(moment.seconds):>7} {first_line(moment.what)}{outcome}"
    yield from _diff(run.patch)
    yield from _verdict(run)
    used = run.usage
    cached = f" ({used.tokens_cached} from the provider's cache)" if used.tokens_cached else ""
    cost = f"${used.cost:.4f}" if used.cost_known else f"cost unknown (${used.cost:.4f} of it known)"
    yield "dim", f"{used.calls} model calls, {used.tokens} tokens{cached}, {cost}, {run.seconds:.0f} s"
    if run.review:
        yield from _review(run.review)


def _review(review: "Review") -> Iterator[Line]:
    merged = f" in commit {review.commit[:12]}" if review.commit else ""
    edited = ", edited" if review.edited else ""
    yield (
        STATUS[review.decision],
        f"{review.decision}{merged} by {review.by}{edited}. {first_line(review.reason)}".strip(),
    )
    if review.edited:
        yield from _diff(review.edited)


def _recalled(run: "Run") -> Iterator[Line]:
    if run.recall is None:
        return
    for item in run.recall.memories:
        yield "", f"memory {item.memory.id[:16]}: {item.memory.subject} {_why(item.evidence)}".rstrip()
    for place in run.recall.symbols[:5] or run.recall.files[:5]:
        symbol = f" {place.symbol}" if place.symbol else ""
        yield "", f"place {place.path}{symbol} {_why(place.evidence)}".rstrip()


def _diff(patch: "Patch | None") -> Iterator[Line]:
    from memcoder.runs.page import diff_lines

    if patch and not patch.empty:
        yield "", ""
        yield from ((DIFF.get(kind, ""), line) for kind, line in diff_lines(patch.diff))
        yield "", ""


def _verdict(run: "Run") -> Iterator[Line]:
    if run.verdict is None:
        return
    yield STATUS.get(run.verdict.status, "yellow"), f"verdict: {run.verdict.status}"
    if run.verdict.chosen:
        yield "", f"  {run.verdict.chosen}"
    change = run.verdict.comparison
    counts = f"{len(change.fixed)} fixed, {len(change.still_failing)} still failing, {len(change.broken)} broken"
    yield "", f"  tests: {counts}, {change.unchanged} unchanged"
    for line in (*run.verdict.reasons, *run.verdict.verified):
        yield "", f"  {first_line(line)}"
    for line in run.verdict.unverified:
        yield "yellow", f"  not verified: {first_line(line)}"
    for line in fit_lines(run.verdict.fit):
        yield "yellow" if line.startswith("  broken") else "", line


def _why(evidence: "tuple[Evidence, ...]") -> str:
    said = dict.fromkeys(first_line(item.detail or item.ranker) for item in evidence)
    return f"({'; '.join(said)})" if said else ""


def _write(path: Path, text: str) -> None:
    from memcoder.errors import UsageError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "give another --html") from error
