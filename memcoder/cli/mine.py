"""`memcoder mine`: a repository's history becomes memories."""

import math
from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_json, progress_bar, say
from memcoder.cli.distilling import distill_mined, distill_options, required_model


@click.command("mine")
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@click.option("--searchable", is_flag=True, help="Stop once every commit can be recalled; the next mine does the rest.")
@distill_options
@json_option
def command(repository: Path, store: Path | None, searchable: bool, as_json: bool, **distilling: Any) -> None:
    """Mine the history of REPOSITORY, up to its checked-out commit; no model is called, unless you say --distill.

    What was mined before is not mined again, and a mine that was cut off continues.

    \b
    Examples:
      memcoder mine ~/src/app
      memcoder mine ~/src/app --distill 200 --model embedded --max-time 3600
    """
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.memory.mine import mine
    from memcoder.memory.store import MemoryStore

    repo = Repository.open(repository)
    count, retry = distilling.pop("distill"), distilling.pop("retry")
    settings = load_settings(None if repo.bare else repo.path, store=store, **distilling)
    if count:
        required_model(settings)
    with MemoryStore.open(settings, repo.key) as opened:
        with progress_bar() as progress:
            report = mine(repo, opened, progress=progress, say=say, within=0.0 if searchable else math.inf)
        distilled = distill_mined(repo, opened, settings, count, retry) if count else None
        folder = opened.folder
    if as_json:
        print_json(report.model_dump(mode="json") | ({"distilled": distilled} if distilled else {}))
        return
    click.echo(
        f"{report.commits} commits, {report.new} new, in {report.seconds:.1f} s (searchable after "
        f"{report.searchable:.1f} s); memories in {folder}"
    )
    for what, count in report.pending.items():
        if count:
            click.echo(f"  pending: {what}, {count} to do; `memcoder mine` goes on")
    for note in report.notes:
        click.echo(f"  {note}")
