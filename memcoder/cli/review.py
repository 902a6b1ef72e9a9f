"""`memcoder review`: give a run the human's word."""

import sys

import click

from memcoder.cli.common import json_option, print_json, safe_text


@click.command("review")
@click.argument("run")
@click.option("--accept", "decision", flag_value="accept", help="Accept the patch; it becomes a memory.")
@click.option("--reject", "decision", flag_value="reject", help="Reject the patch.")
@click.option("--by", help="Who says so.")
@click.option("--reason", default="", help="Why.")
@json_option
def command(run: str, decision: str | None, by: str | None, reason: str, as_json: bool) -> None:
    """Accept or reject the patch of RUN (an id, a unique beginning of one, or `last`).

    \b
    Example:
      memcoder review last --accept --by alice
    """
    from memcoder.config import load_settings
    from memcoder.errors import UsageError
    from memcoder.internalize.review import accept, reject
    from memcoder.runs.store import RunStore

    found = RunStore.open().load(run)
    if decision is None:
        if not sys.stdin.isatty() or as_json:
            raise UsageError("say what you think of it", "--accept or --reject, with --by NAME")
        click.echo(safe_text(found.task.issue))
        click.echo(safe_text(found.patch.diff if found.patch else "no patch"))
        click.echo(f"verdict: {found.verdict.status if found.verdict else 'none'}")
        decision = "accept" if click.confirm("Accept this patch?") else "reject"
        reason = reason or (click.prompt("Why", default="") if decision == "reject" else "")
    by = by or (click.prompt("Your name") if sys.stdin.isatty() and not as_json else "")
    if decision == "accept":
        memory = accept(found.id, by, load_settings(), reason=reason)
        kept: str | None = memory.id
        line = f"accepted: kept as memory {memory.id}"
        if found.verdict is None or found.verdict.status != "verified":
            line += " (no test has verified this patch)"
    else:
        reject(found.id, by, reason=reason)
        kept, line = None, f"rejected: run {found.id}"
    print_json({"run": found.id, "review": f"{decision}ed", "memory": kept}) if as_json else click.echo(line)
