"""`memcoder recall`: what memory and code say about a text, as of a commit."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, safe_text, say

if TYPE_CHECKING:
    from memcoder.records import Evidence, Recall


@click.command("recall")
@click.argument("repository", type=click.Path(path_type=Path))
@click.argument("query")
@click.option("--as-of", default="HEAD", show_default=True, help="Commit whose ancestors alone count.")
@click.option("-k", type=click.IntRange(min=1), help="Memories at most.")
@click.option("--exclude", multiple=True, metavar="REV", help="A commit that must not be seen; may be repeated.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@json_option
def command(
    repository: Path,
    query: str,
    as_of: str,
    k: int | None,
    exclude: tuple[str, ...],
    store: Path | None,
    as_json: bool,
) -> None:
    """Ask the memory of REPOSITORY about QUERY (`-`: read from standard input).

    \b
    Examples:
      memcoder recall . "Totals are wrong when a price is zero"
      memcoder recall . "rounding of discounts" --as-of v1.2 -k 3 --json
    """
    from memcoder.config import load_settings
    from memcoder.errors import UsageError
    from memcoder.history.repository import Repository
    from memcoder.memory.recall import recall
    from memcoder.memory.store import MemoryStore

    text = sys.stdin.buffer.read().decode("utf-8", "replace") if query == "-" else query
    if not text.strip():
        raise UsageError("the query is empty", "say what you are looking for")
    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, store=store, recall_k=k)
    hidden = frozenset(repo.resolve(rev) for rev in exclude)
    with MemoryStore.open(settings, repo.key) as opened:
        if not opened.known_commits():
            say("nothing is mined yet; `memcoder mine` first gives better answers")
        found = recall(repo, opened, text, as_of=as_of, k=settings.recall_k, exclude=hidden)
    print_json(document(found)) if as_json else _print(found, settings.recall_k)


def document(found: "Recall") -> dict[str, Any]:
    """What `memcoder recall --json` prints."""
    data = found.model_dump(mode="json")
    return {name: data[name] for name in ("as_of", "memories", "files", "symbols", "complete", "notes")}


def _print(found: "Recall", most: int) -> None:
    click.echo(f"as of {found.as_of[:10]}")
    if not (found.memories or found.symbols):
        click.echo("nothing is near enough")
    for item in found.memories:
        memory = item.memory
        click.echo(f"\n{item.score:.3f}  {memory.kind} {memory.id[:16]}  {safe_text(memory.subject)}")
        _print_evidence(item.evidence)
    if found.symbols:
        click.echo("\nplaces:")
    for place in found.symbols[:most]:
        lines = f":{place.start}-{place.end}" if place.start else ""
        click.echo(f"{place.score:.3f}  {safe_text(place.path)}{lines}  {safe_text(place.symbol or '')}".rstrip())
        _print_evidence(place.evidence)
    for note in found.notes:
        say(note)


def _print_evidence(evidence: "tuple[Evidence, ...]") -> None:
    for item in evidence:
        click.echo(f"         {item.ranker}: {safe_text(item.detail)}")
