"""`memcoder conventions`: what a project's commits do without saying so, as a page."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, safe_text, say

if TYPE_CHECKING:
    from memcoder.memory.conventions.page import Group
    from memcoder.records import Memory


@click.command("conventions")
@click.argument("path", required=False)
@click.option("--repo", default=".", type=click.Path(path_type=Path), help="Repository (the current folder).")
@click.option("--as-of", default="HEAD", show_default=True, help="Commit whose ancestors alone count.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@json_option
def command(path: str | None, repo: Path, as_of: str, store: Path | None, as_json: bool) -> None:
    """What this project's commits do, counted; with PATH (from the repository's root), what holds there.

    No model is called. What fewer than 20 changes speak of is not stated.

    \b
    Examples:
      memcoder conventions
      memcoder conventions src/billing --as-of v2.0
    """
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.memory.conventions.ask import conventions
    from memcoder.memory.conventions.page import page
    from memcoder.memory.store import MemoryStore

    opened = Repository.open(repo)
    commit = opened.resolve(as_of)
    settings = load_settings(None if opened.bare else opened.path, store=store)
    with MemoryStore.open(settings, opened.key) as memories:
        found = conventions(opened, memories, as_of=commit, path=path)
    if as_json:
        print_json(document(commit, path, found))
    else:
        _print(commit, path, page(found, path))


def document(commit: str, path: str | None, found: "Iterable[Memory]") -> dict[str, Any]:
    """What `memcoder conventions --json` prints."""
    kept = [memory.model_dump(mode="json", include={"id", "message", "convention"}) for memory in found]
    return {"as_of": commit, "path": path, "conventions": kept}


def _print(commit: str, path: str | None, groups: "list[Group]") -> None:
    click.echo(f"as of {commit[:10]}" + (f", for {safe_text(path)}" if path else ""))
    if not groups:
        say("too few changes speak of anything; nothing is stated under 20")
    for group in groups:
        click.echo(f"\n{group.title}")
        for line in group.lines:
            click.echo(f"  {safe_text(line)}")
