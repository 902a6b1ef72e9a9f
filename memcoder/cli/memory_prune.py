"""`memcoder memory prune` and `restore`: forgetting that first says what it would do, and that can be undone."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from memcoder.cli.common import json_option, print_json, safe_text
from memcoder.cli.memory_store import line_of, one_of, opened, repository_option, store_option

if TYPE_CHECKING:
    from memcoder.memory.prune import Candidate, PrunePlan
    from memcoder.memory.store import MemoryStore

SHOWN = 20
"""Candidates listed a reason; `--json` lists all."""


@click.command("prune")
@click.argument("memories", nargs=-1)
@click.option("--apply", "apply_it", is_flag=True, help="Do it; without this, only say what would be done.")
@repository_option
@store_option
@json_option
def prune(memories: tuple[str, ...], apply_it: bool, repository: Path, store: Path | None, as_json: bool) -> None:
    """Retire memories that no longer help: whose commit vanished, that never helped, or that speak of what is gone.

    Retired memories are not recalled; nothing is deleted. A fix that a human validated goes only if you name it.

    \b
    Examples:
      memcoder memory prune
      memcoder memory prune --apply
      memcoder memory prune fix-20261124-101500 --apply
    """
    from memcoder.memory.prune import plan
    from memcoder.memory.prune import prune as do

    with opened(repository, store) as (repo, found):
        wanted = plan(repo, found, [one_of(found, name).id for name in memories])
        changed = do(found, wanted) if apply_it else 0
        if as_json:
            print_json({"applied": apply_it, "changed": changed, **wanted.model_dump(mode="json")})
        else:
            _print(found, wanted, apply_it)


@click.command("restore")
@click.argument("memories", nargs=-1, required=True)
@repository_option
@store_option
@json_option
def restore(memories: tuple[str, ...], repository: Path, store: Path | None, as_json: bool) -> None:
    """Bring retired memories back into recall.

    \b
    Example:
      memcoder memory restore 4f2a91c
    """
    from memcoder.memory.prune import restore as do

    with opened(repository, store) as (_, found):
        done = [memory.id for memory in [one_of(found, name) for name in memories] if do(found, memory)]
    print_json({"restored": done}) if as_json else click.echo(f"{len(done)} restored")


def _print(store: "MemoryStore", wanted: "PrunePlan", applied: bool) -> None:
    _list(store, "retired" if applied else "would be retired", wanted.retire)
    _list(store, "validated by a human, so only if you name it", wanted.needs_name)
    for label, ids in (("what is back, restored", wanted.restore), ("refusals forgotten", wanted.forget)):
        if ids:
            click.echo(f"{label}: {len(ids)}")
    if wanted.reverted:
        click.echo(f"{wanted.reverted} reverted commits stay: recall lets them count for less")
    if not applied and (wanted.retire or wanted.restore or wanted.forget):
        click.echo("nothing was changed; --apply does it")


def _list(store: "MemoryStore", label: str, candidates: "tuple[Candidate, ...]") -> None:
    shown: Counter[str] = Counter()
    click.echo(f"{label}: {len(candidates)}")
    for one in candidates:
        shown[one.reason] += 1
        memory = store.get(one.memory)
        if shown[one.reason] <= SHOWN and memory:
            click.echo(f"  {line_of(memory)}\n    {one.reason}: {safe_text(one.detail)}")
    for reason, count in shown.items():
        if count > SHOWN:
            click.echo(f"  and {count - SHOWN} more: {reason}")
