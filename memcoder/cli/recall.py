"""`memcoder recall`: what memory and code say about a text, as of a commit."""

import sys
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, safe_text, say

if TYPE_CHECKING:
    from memcoder.config import Settings
    from memcoder.memory.cut import Cut
    from memcoder.memory.store import MemoryStore
    from memcoder.models.base import LanguageModel
    from memcoder.records import Evidence, Recall


EVALUATION = "Number of the issue or its pull request: commits that name it, and near-duplicates, are hidden."
DISTILL = "Let your model describe the memories about to be shown, within this time."


@click.command("recall")
@click.argument("repository", type=click.Path(path_type=Path))
@click.argument("query")
@click.option("--as-of", default="HEAD", show_default=True, help="Commit whose ancestors alone count.")
@click.option("-k", type=click.IntRange(min=1), help="Memories at most.")
@click.option("--exclude", multiple=True, metavar="REV", help="A commit that must not be seen; may be repeated.")
@click.option("--explain-cut", is_flag=True, help="Say what could not be seen as of that commit, and why.")
@click.option("--evaluation", "issues", multiple=True, metavar="N", help=EVALUATION)
@click.option("--without", multiple=True, metavar="RANKER", help="A ranker that is left out; may be repeated.")
@click.option("--rerank", is_flag=True, help="Ask your model once for the order of the best files.")
@click.option("--distill", type=click.FloatRange(min=0), metavar="SECONDS", help=DISTILL)
@click.option("--model", help="The model for --rerank and --distill.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@json_option
def command(
    repository: Path,
    query: str,
    as_of: str,
    k: int | None,
    exclude: tuple[str, ...],
    explain_cut: bool,
    issues: tuple[str, ...],
    without: tuple[str, ...],
    rerank: bool,
    distill: float | None,
    model: str | None,
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
    from memcoder.history.repository import Repository
    from memcoder.memory.cut import explain_cut as explain
    from memcoder.memory.guard import Guard
    from memcoder.memory.recall import recall
    from memcoder.memory.store import MemoryStore

    text = _text(query)
    _check_rankers(without)
    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, store=store, recall_k=k, model=model)
    asking: dict[str, Any] = {
        "as_of": as_of,
        "exclude": frozenset(repo.resolve(rev) for rev in exclude),
        "guard": Guard(frozenset(issues), text) if issues else None,
    }
    with ExitStack() as stack:
        asked = stack.enter_context(_model(settings)) if rerank or distill is not None else None
        opened = stack.enter_context(MemoryStore.open(settings, repo.key))
        if not opened.meta("head"):
            say("nothing is mined yet; `memcoder mine` first gives better answers")
        order: dict[str, Any] = {"without": frozenset(without), "rerank": asked if rerank else None}
        found = recall(repo, opened, text, k=settings.recall_k, **order, **asking)
        if asked is not None and distill is not None:
            found = _distilled(opened, asked, found, distill)
        cut = explain(repo, opened, text, **asking) if explain_cut else None
    if as_json:
        print_json(document(found) | ({"cut": cut.model_dump(mode="json")} if cut else {}))
        return
    _print(found, settings.recall_k)
    if cut:
        _print_cut(cut)


def _check_rankers(names: tuple[str, ...]) -> None:
    from memcoder.errors import UsageError
    from memcoder.memory.recall import RANKERS, UTILITY

    known = (*RANKERS, UTILITY)
    if unknown := sorted(set(names) - set(known)):
        raise UsageError(f"unknown ranker: {', '.join(unknown)}", f"rankers are {', '.join(known)}")


def _text(query: str) -> str:
    """The query, or what standard input says for `-`. Raises UsageError where it is empty."""
    from memcoder.errors import UsageError

    text = sys.stdin.buffer.read().decode("utf-8", "replace") if query == "-" else query
    if not text.strip():
        raise UsageError("the query is empty", "say what you are looking for")
    return text


def _model(settings: "Settings") -> "AbstractContextManager[LanguageModel]":
    """The model that the user chose. Raises UsageError where none was."""
    from memcoder.errors import UsageError
    from memcoder.models.door import open_model

    if settings.model is None:
        raise UsageError("this needs a model, and none was chosen", "run `memcoder init`, or --model embedded")
    return open_model(settings)


def _distilled(store: "MemoryStore", model: "LanguageModel", found: "Recall", seconds: float) -> "Recall":
    from memcoder.memory.distill.run import distil_shown

    memories, notes = distil_shown(store, model, found.memories, seconds)
    return found.model_copy(update={"memories": memories, "notes": (*found.notes, *notes)})


def document(found: "Recall") -> dict[str, Any]:
    """What `memcoder recall --json` prints."""
    data = found.model_dump(mode="json")
    return {name: data[name] for name in ("as_of", "memories", "files", "symbols", "policies", "complete", "notes")}


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
    if found.policies:
        click.echo("\nwhat is expected there:")
    for policy in found.policies:
        click.echo(f"  {safe_text(policy.subject)}")
    for note in found.notes:
        say(note)


def _print_cut(cut: "Cut") -> None:
    click.echo(f"\n{cut.visible} of {cut.memories} memories may be seen")
    for reason, count in cut.hidden.items():
        click.echo(f"  {count} hidden: {reason}")
    for one in cut.examples:
        click.echo(f"    {safe_text(one.id[:16])}  {safe_text(one.subject)}  ({one.reason})")


def _print_evidence(evidence: "tuple[Evidence, ...]") -> None:
    for item in evidence:
        click.echo(f"         {item.ranker}: {safe_text(item.detail)}")
