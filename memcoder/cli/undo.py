"""`memcoder undo`: take back what a run did to the repository."""

import click

from memcoder.cli.common import json_option, print_json, safe_text


@click.command("undo")
@click.argument("run")
@json_option
def command(run: str, as_json: bool) -> None:
    """Take back what RUN (an id, a unique beginning of one, or `last`) applied, committed or branched.

    Only where nothing of it was changed since; else it says what is in the way, and changes nothing. The run keeps its
    patch, and what was accepted stays remembered.

    \b
    Example:
      memcoder undo last
    """
    from memcoder.cli.take_back import take_back
    from memcoder.errors import UsageError
    from memcoder.history.repository import Repository
    from memcoder.runs.store import RunStore

    runs = RunStore.open()
    with runs.log(run) as log:
        found = log.run()
        if log.unfinished():
            raise UsageError(f"run {found.id} has not ended", f"`memcoder resume {found.id}` first")
        if found.delivered is None:
            taken = any(event["event"] == "undone" for event in log.events())
            raise UsageError(
                f"run {found.id} {'was taken back already' if taken else f'has nothing in {found.task.repository}'}",
                "`memcoder runs` lists runs; only what --apply, --commit or --branch did can be taken back",
            )
        line = take_back(Repository.open(found.task.repository), found)
        log.append("undone", did=line)
    if as_json:
        print_json({"run": found.id, "undone": found.delivered.model_dump(mode="json")})
    else:
        click.echo(safe_text(line or "it was taken back already"))
