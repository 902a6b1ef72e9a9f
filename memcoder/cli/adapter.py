"""`memcoder adapter`: list, show, promote, roll back, prune and serve adapters."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from memcoder.cli.adapter_serve import serve
from memcoder.cli.common import json_option, print_json, print_table, safe_text, say

if TYPE_CHECKING:
    from memcoder.records import Adapter

EXIT_FAULT = 5
alias_argument = click.argument("alias", required=False)
repository_option = click.option(
    "--repo", "repository", default=".", type=click.Path(path_type=Path), help="Repository where no ALIAS is given."
)


@click.group("adapter")
def command() -> None:
    """List, show, promote, roll back, prune and serve adapters: weights that hold what a repository taught.

    NAME is an adapter's id, a beginning of it that only it has, or an alias.

    \b
    Examples:
      memcoder adapter list
      memcoder adapter promote 3f9ac01d
    """


command.add_command(serve)


@command.command("list")
@json_option
def list_adapters(as_json: bool) -> int:
    """List adapters, oldest first, and what is promoted. One whose manifest was altered is named (exit code 5).

    \b
    Example:
      memcoder adapter list --json
    """
    from memcoder.models.adapters.registry import Registry

    registry = Registry.open()
    (adapters, broken), aliases = registry.survey(), registry.aliases.all()
    promoted = {history[-1]: alias for alias, history in aliases.items() if history}
    if as_json:
        rows = [adapter.model_dump(mode="json") | {"promoted": adapter.id in promoted} for adapter in adapters]
        print_json({"adapters": rows, "aliases": aliases, "broken": broken})
    elif adapters:
        heads = ("adapter", "alias", "round", "base", "memories", "verdict")
        print_table([heads, *(_cells(adapter, adapter.id in promoted) for adapter in adapters)])
    else:
        say("there are no adapters yet")
    for message in broken.values():
        say(message)
    return EXIT_FAULT if broken else 0


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what an adapter was made of, how it was judged, and how what is served differs from what was trained.

    Its weights are hashed; altered ones are refused.

    \b
    Example:
      memcoder adapter show 3f9ac01d
    """
    from memcoder.models.adapters.registry import Registry

    registry = Registry.open()
    adapter, folder = registry.get(name)
    history = registry.aliases.history(adapter.alias)
    serving = _serving(adapter)
    if as_json:
        facts = {"alias": adapter.alias, "promoted": history[-1:] == (adapter.id,), "history": history}
        print_json({"adapter": adapter.model_dump(mode="json"), "folder": folder, **facts, "serving": serving})
        return
    state = "promoted" if history[-1:] == (adapter.id,) else "not promoted"
    click.echo(safe_text(f"{adapter.id}  {adapter.verdict}, {state}, alias {adapter.alias}\n{folder}"))
    click.echo(safe_text(f"base: {adapter.base} (sha256 {adapter.base_sha256})"))
    click.echo(f"made of {len(adapter.memories)} memories, round {adapter.round}, parent {adapter.parent or 'none'}")
    for name_of, facts_of in (
        ("training", adapter.training),
        ("scores", adapter.scores),
        ("versions", adapter.versions),
    ):
        if facts_of:
            click.echo(safe_text(f"{name_of}: " + ", ".join(f"{key} {value}" for key, value in facts_of.items())))
    for line in (*adapter.reasons, *serving):
        click.echo(safe_text(f"  {line}"))


@command.command("promote")
@click.argument("name")
@click.option("--force", is_flag=True, help="Also one that the gate refused.")
@json_option
def promote(name: str, force: bool, as_json: bool) -> None:
    """Make an adapter the one that its repository (and area) is served with.

    \b
    Example:
      memcoder adapter promote 3f9ac01d
    """
    from memcoder.models.adapters.registry import Registry

    adapter = Registry.open().promote(name, force=force)
    _moved(adapter.alias, adapter, as_json)


@command.command("rollback")
@alias_argument
@repository_option
@json_option
def rollback(alias: str | None, repository: Path, as_json: bool) -> None:
    """Go back to what was promoted before; again and again, in the end to the base alone.

    \b
    Examples:
      memcoder adapter rollback
      memcoder adapter rollback 0123456789ab/src/parser
    """
    from memcoder.history.repository import Repository
    from memcoder.models.adapters.registry import Registry

    alias = alias or Repository.open(repository).key[:12]
    _moved(alias, Registry.open().rollback(alias), as_json)


@command.command("prune")
@click.argument("names", nargs=-1)
@click.option("--yes", "do_it", is_flag=True, help="Do it; without this, only say what would be done.")
@json_option
def prune(names: tuple[str, ...], do_it: bool, as_json: bool) -> None:
    """Delete adapters that nothing points at: refused, replaced, never promoted; or those that you name.

    What is promoted, or could be rolled back to, goes only if you name it.

    \b
    Examples:
      memcoder adapter prune
      memcoder adapter prune 3f9ac01d --yes
    """
    from memcoder.models.adapters.prune import plan
    from memcoder.models.adapters.registry import Registry

    registry = Registry.open()
    wanted = plan(registry, names)
    gone = registry.remove([one.id for one in wanted]) if do_it else []
    if as_json:
        print_json({"applied": do_it, "removed": gone, "adapters": [one.model_dump(mode="json") for one in wanted]})
        return
    for one in wanted:
        click.echo(safe_text(f"  {one.id}  {one.bytes / 1e6:.1f} MB  {one.reason}"))
    click.echo(f"{len(gone)} adapters removed" if do_it else f"{len(wanted)} adapters would be removed")
    click.echo(f"{len(registry.ids()) - (0 if do_it else len(wanted))} stay")
    if wanted and not do_it:
        click.echo("nothing was changed; --yes does it")


def _cells(adapter: "Adapter", promoted: bool) -> tuple[str, ...]:
    verdict = f"{adapter.verdict}, promoted" if promoted else adapter.verdict
    cells = (adapter.id, adapter.alias, str(adapter.round), adapter.base, str(len(adapter.memories)), verdict)
    return tuple(safe_text(cell) for cell in cells)


def _serving(adapter: "Adapter") -> list[str]:
    """How the weights that llama.cpp would serve differ from those it was trained on, as far as they are here."""
    from memcoder.errors import MemcoderError
    from memcoder.models.adapters.serving import base_of, differences

    try:
        return differences(adapter, base_of(adapter))
    except MemcoderError as error:
        return [f"not served: {error.message}"]


def _moved(alias: str, adapter: "Adapter | None", as_json: bool) -> None:
    if as_json:
        print_json({"alias": alias, "promoted": adapter.id if adapter else None})
    else:
        click.echo(safe_text(f"{alias}: {adapter.id if adapter else 'nothing is promoted, the base alone'}"))
