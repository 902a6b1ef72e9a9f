"""`memcoder review`: give a run the human's word."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, say

if TYPE_CHECKING:
    from memcoder.records import Run


@click.command("review")
@click.argument("run")
@click.option("--accept", "decision", flag_value="accept", help="Accept the patch; it becomes a memory.")
@click.option("--reject", "decision", flag_value="reject", help="Reject the patch.")
@click.option("--by", help="Who says so.")
@click.option("--reason", default="", help="Why.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store, as given to solve.")
@json_option
def command(run: str, decision: str | None, by: str | None, reason: str, store: Path | None, as_json: bool) -> None:
    """Accept or reject the patch of RUN (an id, a unique beginning of one, or `last`).

    Without --accept or --reject, a terminal shows the run and asks.

    \b
    Example:
      memcoder review last --accept --by alice
    """
    from memcoder.runs.store import RunStore

    found = RunStore.open().load(run)
    asking = sys.stdin.isatty() and not as_json
    if decision is None:
        decision, reason = _ask(found, reason, asking)
    by = by or (click.prompt("Your name", err=True) if asking else "")
    document = _accept(found, by, reason, store) if decision == "accept" else _reject(found, by, reason)
    if as_json:
        print_json(document)
        return
    kept = f", kept as memory {document['memory']}" if document["memory"] else ""
    click.echo(f"run {found.id} is {document['review']}{kept}")


def _ask(run: "Run", reason: str, asking: bool) -> tuple[str, str]:
    from memcoder.cli.show import print_run
    from memcoder.errors import UsageError

    if not asking:
        raise UsageError("say what you think of it", "--accept or --reject, with --by NAME")
    print_run(run)
    decision = "accept" if click.confirm("Accept this patch?", err=True) else "reject"
    if decision == "reject" and not reason:
        reason = click.prompt("Why", default="", show_default=False, err=True)
    return decision, reason


def _accept(run: "Run", by: str, reason: str, store: Path | None) -> dict[str, Any]:
    from memcoder.config import load_settings
    from memcoder.internalize.review import accept

    memory = accept(run.id, by, load_settings(store=store), reason=reason)
    if run.verdict is None or run.verdict.status != "verified":
        say("no test has verified this patch: your word alone stands for it")
    return {"run": run.id, "review": "accepted", "memory": memory.id}


def _reject(run: "Run", by: str, reason: str) -> dict[str, Any]:
    from memcoder.internalize.review import reject

    reject(run.id, by, reason=reason)
    return {"run": run.id, "review": "rejected", "memory": None}
