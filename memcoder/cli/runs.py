"""`memcoder runs`: list runs."""

import time

import click

from memcoder.cli.common import json_option, print_json, safe_text, say


@click.command("runs")
@json_option
def command(as_json: bool) -> None:
    """List runs, oldest first.

    \b
    Example:
      memcoder runs --json
    """
    from memcoder.runs.store import RunStore

    store = RunStore.open()
    rows = [
        {
            "run": run.id,
            "state": run.state,
            "verdict": run.verdict.status if run.verdict else None,
            "review": run.review.decision if run.review else None,
            "started": run.started,
            "repository": run.task.repository,
            "issue": run.task.issue.strip().partition("\n")[0][:80],
        }
        for run in store.all()
    ]
    broken = store.broken()
    if as_json:
        print_json({"runs": rows, "broken": broken})
        return
    for row in rows:
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(float(str(row["started"]))))
        facts = (
            row["run"],
            when,
            row["state"],
            row["verdict"] or "-",
            row["review"] or "-",
            safe_text(str(row["issue"])),
        )
        click.echo("  ".join(str(fact) for fact in facts))
    if not rows:
        say("no runs yet; `memcoder solve` makes one")
    if broken:
        say(f"cannot be read: {', '.join(broken)}")
