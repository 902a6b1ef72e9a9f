"""`memcoder mine`: a repository's history becomes memories."""

from pathlib import Path

import click

from memcoder.cli.common import json_option, print_json, progress_bar, say


@click.command("mine")
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@json_option
def command(repository: Path, store: Path | None, as_json: bool) -> None:
    """Mine the history of REPOSITORY, up to its checked-out commit; no model is called.

    What was mined before is not mined again, and a mine that was cut off continues.

    \b
    Example:
      memcoder mine ~/src/app
    """
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.memory.mine import mine
    from memcoder.memory.store import MemoryStore

    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, store=store)
    with progress_bar() as progress, MemoryStore.open(settings, repo.key) as opened:
        report = mine(repo, opened, progress=progress, say=say)
        folder = opened.folder
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    click.echo(f"{report.commits} commits, {report.new} new, in {report.seconds:.1f} s; memories in {folder}")
    for what, count in report.pending.items():
        if count:
            click.echo(f"  pending: {count} without {what}")
    for note in report.notes:
        click.echo(f"  {note}")
