"""`memcoder show`: one run, in the terminal, as JSON, or as a page."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from memcoder.cli.common import json_option, print_json, safe_text, say

if TYPE_CHECKING:
    from memcoder.records import Run


@click.command("show")
@click.argument("run")
@click.option("--html", type=click.Path(path_type=Path), help="Write one self-contained page to this file.")
@json_option
def command(run: str, html: Path | None, as_json: bool) -> None:
    """Show RUN (an id, a unique beginning of one, or `last`): memories, attempts, patch, evidence.

    \b
    Examples:
      memcoder show last
      memcoder show last --html run.html
    """
    from memcoder.runs.page import render_page
    from memcoder.runs.store import RunStore

    store = RunStore.open()
    found = store.load(run)
    if html:
        html.write_text(render_page(found), encoding="utf-8", errors="replace")
        say(f"wrote {html}")
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif not html:
        click.echo(safe_text("\n".join(lines(found))))
        click.echo(f"record: {store.path(found.id)}")


def lines(run: "Run") -> list[str]:
    """The run as lines of plain text."""
    out = [
        f"run {run.id}: {run.state}",
        f"issue: {run.task.issue.strip().partition(chr(10))[0]}",
        f"model: {run.model}",
    ]
    out += [f"error: {run.error}"] if run.error else []
    for item in run.recall.memories if run.recall else ():
        out.append(
            f"memory {item.memory.id[:12]}: {item.memory.subject} ({'; '.join(e.detail for e in item.evidence)})"
        )
    for place in run.recall.symbols[:5] if run.recall else ():
        out.append(f"place {place.path}:{place.symbol or ''} ({'; '.join(e.detail for e in place.evidence)})")
    for attempt in run.attempts:
        outcome = "passes" if attempt.passed else attempt.diagnosis.partition("\n")[0]
        out.append(f"attempt {attempt.number} ({attempt.origin}, {attempt.seconds:.1f} s): {outcome}")
    if run.patch and not run.patch.empty:
        out += ["", run.patch.diff.rstrip(), ""]
    if run.verdict:
        out.append(f"verdict: {run.verdict.status}")
        out += [f"  {line}" for line in (*run.verdict.reasons, *run.verdict.verified)]
        out += [f"  not verified: {line}" for line in run.verdict.unverified]
    out.append(
        f"{run.usage.calls} model calls, {run.usage.tokens_in + run.usage.tokens_out} tokens, {run.seconds:.0f} s"
    )
    if run.review:
        out.append(f"{run.review.decision} by {run.review.by} {run.review.reason}".rstrip())
    return out
