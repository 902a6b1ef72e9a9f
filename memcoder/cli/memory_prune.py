"""`memcoder memory prune`, `retire` and `restore`: forgetting that can be undone."""

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
@click.option("--yes", "do_it", is_flag=True, help="Do it; without this, only say what would be done.")
@repository_option
@store_option
@json_option
def prune(memories: tuple[str, ...], do_it: bool, repository: Path, store: Path | None, as_json: bool) -> None:
    """Retire memories that no longer help: whose commit vanished, that never helped, or that speak of what is gone.

    Retired memories are not recalled; nothing is deleted. A fix that a human validated goes only if you name it.

    \b
    Examples:
      memcoder memory prune
      memcoder memory prune --yes
      memcoder memory prune fix-20261124-101500 --yes
    """
    from memcoder.memory.prune import plan
    from memcoder.memory.prune import prune as do

    with opened(repository, store) as (repo, found):
        named = [one_of(found, name).id for name in memories]
        wanted = plan(repo, found, named)
        changed = do(found, wanted) if do_it else 0
        if as_json:
            print_json({"applied": do_it, "changed": changed, **wanted.model_dump(mode="json")})
        else:
            _print(found, wanted, do_it)
            for sound in sorted(set(named) - {one.memory for one in wanted.retire}):
                click.echo(
                    f"nothing speaks against {sound}; to take it out all the same: memcoder memory retire {sound}"
                )


@click.command("retire")
@click.argument("memories", nargs=-1, required=True)
@click.option("--reason", default="taken back", show_default=True, help="Why; kept with the memory.")
@repository_option
@store_option
@json_option
def retire(memories: tuple[str, ...], reason: str, repository: Path, store: Path | None, as_json: bool) -> None:
    """Take memories out of recall that you no longer stand for, such as a fix that was accepted by mistake.

    What was drawn from a fix goes with it. Nothing is deleted: `memcoder memory restore` brings them back.

    \b
    Example:
      memcoder memory retire fix-20261124-101500 --reason "it broke the export"
    """
    from memcoder.memory.prune import take_back

    with opened(repository, store) as (_, found):
        wanted = [one_of(found, name) for name in memories]
        gone = list(dict.fromkeys(key for memory in wanted for key in take_back(found, memory, reason)))
        print_json({"retired": gone}) if as_json else _print_changed(found, gone, "retired")


@click.command("restore")
@click.argument("memories", nargs=-1, required=True)
@repository_option
@store_option
@json_option
def restore(memories: tuple[str, ...], repository: Path, store: Path | None, as_json: bool) -> None:
    """Bring retired memories back into recall, a fix with what was retired with it.

    \b
    Example:
      memcoder memory restore 4f2a91c
    """
    from memcoder.memory.prune import bring_back

    with opened(repository, store) as (_, found):
        wanted = [one_of(found, name) for name in memories]
        back = list(dict.fromkeys(key for memory in wanted for key in bring_back(found, memory)))
        print_json({"restored": back}) if as_json else _print_changed(found, back, "restored")


def _print_changed(store: "MemoryStore", ids: list[str], what: str) -> None:
    click.echo(f"{len(ids)} {what}")
    for memory in filter(None, map(store.get, ids)):
        click.echo(f"  {line_of(memory)}")


def _print(store: "MemoryStore", wanted: "PrunePlan", applied: bool) -> None:
    _list(store, "retired" if applied else "would be retired", wanted.retire)
    _list(store, "validated by a human, so only if you name it", wanted.needs_name)
    for label, ids in (("what is back, restored", wanted.restore), ("refusals forgotten", wanted.forget)):
        if ids:
            click.echo(f"{label}: {len(ids)}")
    if wanted.reverted:
        click.echo(f"{wanted.reverted} reverted commits stay: recall lets them count for less")
    if not applied and (wanted.retire or wanted.restore or wanted.forget):
        click.echo("nothing was changed; --yes does it")


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
