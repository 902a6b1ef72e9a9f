"""`memcoder sync`: take what was merged for the human's word."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from memcoder.cli.common import json_option, print_json, progress_bar, safe_text, say

if TYPE_CHECKING:
    from memcoder.internalize.sync import Found, Synced


@click.command("sync")
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option("--onto", metavar="REV", help="What counts as merged; the project's own branch where none is named.")
@click.option("--dry-run", is_flag=True, help="Only say what would be kept.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store, as given to solve.")
@json_option
def command(repository: Path, onto: str | None, dry_run: bool, store: Path | None, as_json: bool) -> None:
    """Find proposed patches that were merged into REPOSITORY, whole or changed, and keep them as fixes and lessons.

    A merge is the word of whoever merged. What was reverted is not kept, and taken out of recall where it was.

    \b
    Examples:
      memcoder sync
      memcoder sync ~/src/app --onto origin/main --dry-run
    """
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.internalize.sync import sync

    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, store=store)
    with progress_bar() as progress:
        done = sync(repo, settings, onto=onto, dry_run=dry_run, progress=progress)
    for note in done.notes:
        say(note)
    print_json(done.model_dump(mode="json")) if as_json else _print(done)


def _print(done: "Synced") -> None:
    click.echo(f"mainline {safe_text(done.mainline)} at {done.commit[:12]}")
    for one in done.found:
        click.echo(f"run {one.run}: {_told(one)}")
    if not done.found:
        click.echo("no run of this repository waits for a word")
    elif done.dry_run and any(one.what != "not found" for one in done.found):
        click.echo("nothing was kept; without --dry-run it is")


def _told(one: "Found") -> str:
    if not one.commit:
        return one.what
    words = f"{one.what}, {one.commit[:12]} by {safe_text(' '.join(one.by.split()))}"
    words += f", {one.share:.0%} of its lines" if one.what == "merged with changes" else ""
    words += f", reverted by {one.reverted_by[:12]}" if one.reverted_by else ""
    words += f"; kept as memory {one.memory}" if one.memory and one.what.startswith("merged") else ""
    return words + "".join(f"\n  learnt: {memory}" for memory in one.lessons)
