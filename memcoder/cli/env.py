"""`memcoder env`: build, show and remove the images that attempts start from."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, print_table, safe_text, say

if TYPE_CHECKING:
    from memcoder.sandbox.prune import Pruning

repository_argument = click.argument("repository", default=".", type=click.Path(path_type=Path))
base_option = click.option("--base", default="HEAD", show_default=True, help="Commit to start from.")


@click.group("env")
def command() -> None:
    """Build, show and remove the Docker images that attempts start from.

    \b
    Example:
      memcoder env build .
    """


@command.command("build")
@repository_argument
@base_option
@click.option("--no-cache", "fresh", is_flag=True, help="Build environment and repository anew, even where they exist.")
@json_option
def build(repository: Path, base: str, fresh: bool, as_json: bool) -> None:
    """Build what an attempt at REPOSITORY starts from, so that the first one need not wait.

    What is there already is kept; after an interruption the build goes on from the last whole layer. A base image
    that the project asks for and that could not be pulled before is asked for again.

    \b
    Examples:
      memcoder env build
      memcoder env build ~/src/app --base v2.1 --no-cache
    """
    from memcoder.sandbox.engine import connect, remove_leftovers
    from memcoder.sandbox.images import build_layers

    started = time.monotonic()
    client = connect()
    remove_leftovers(client)
    repo, commit, settings = _opened(repository, base)
    build_layers(client, repo, commit, settings, say, fresh)
    _report(client, repo, commit, settings, as_json, {"seconds": round(time.monotonic() - started, 1)})


@command.command("show")
@repository_argument
@base_option
@json_option
def show(repository: Path, base: str, as_json: bool) -> None:
    """Show how REPOSITORY's environment is built, which files say so, and its three layers; nothing is built.

    \b
    Example:
      memcoder env show --json
    """
    from memcoder.sandbox.engine import connect

    client = connect()
    _report(client, *_opened(repository, base), as_json, {})


@command.command("prune")
@click.argument("repository", required=False, type=click.Path(path_type=Path))
@click.option("--older-than", type=click.FloatRange(min=0), help="Also images not used for this many days.")
@click.option("--yes", "do_it", is_flag=True, help="Do it; without this, only say what would be done.")
@json_option
def prune(repository: Path | None, older_than: float | None, do_it: bool, as_json: bool) -> None:
    """Remove images that no attempt will start from again: those of REPOSITORY, or of every repository.

    These are images of commits, recipes, bases or repositories that are no more, and with --older-than those not used
    for so long. Images that a container stands on stay, and so does whatever memcoder did not make.

    \b
    Examples:
      memcoder env prune
      memcoder env prune . --older-than 30 --yes
    """
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.sandbox.engine import connect, remove_leftovers
    from memcoder.sandbox.prune import plan_pruning, remove

    client = connect()
    leftovers = remove_leftovers(client) if do_it else 0
    repo = Repository.open(repository) if repository else None
    wanted = plan_pruning(client, load_settings, repo, older_than)
    gone = remove(client, wanted) if do_it else []
    if as_json:
        print_json({"applied": do_it, "removed": len(gone), "leftovers": leftovers, **_document(wanted)})
    else:
        _print_pruning(wanted, len(gone) if do_it else None)


def _opened(repository: Path, base: str) -> tuple[Any, str, Any]:
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository

    repo = Repository.open(repository)
    return repo, repo.resolve(base), load_settings(repo.path)


def _report(client: Any, repo: Any, commit: str, settings: Any, as_json: bool, more: dict[str, Any]) -> None:
    from memcoder.sandbox.report import describe

    found = describe(client, repo, commit, settings)
    if as_json:
        print_json({**found, **more})
        return
    recipe = found["recipe"]
    click.echo(safe_text(f"{found['repository']} at {commit[:12]}"))
    click.echo(
        safe_text(f"recipe: {', '.join(recipe['kinds']) or 'none'}, from {', '.join(recipe['files']) or 'nothing'}")
    )
    for name in recipe["packages"]:
        click.echo(safe_text(f"  Debian package {name}"))
    for step in recipe["steps"]:
        optional = "" if step["needed"] else " (as far as it can be had)"
        click.echo(safe_text(f"  {step['because']}{optional}: {step['command'][:200]}"))
    for note in found["notes"]:
        click.echo(safe_text(f"  note: {note}"))
    print_table([("layer", "image", "size", "made", "last used"), *(_cells(row) for row in found["layers"])])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    name = safe_text(str(row["image"] or "-"))
    if not row["present"]:
        return row["layer"], name, "not here", "-", "-"
    return row["layer"], name, _size(row["bytes"]), _age(row["created"]), _age(row["used"])


def _size(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


def _age(when: float) -> str:
    hours = (time.time() - when) / 3600
    if hours < 1:
        return "just now"
    return f"{hours / 24:.0f} days ago" if hours >= 48 else f"{hours:.0f} hours ago" if hours >= 1.5 else "an hour ago"


def _document(wanted: "Pruning") -> dict[str, Any]:
    rows = [
        {
            "image": one.image.tag or one.image.id,
            "layer": one.image.layer,
            "repository": one.image.source,
            "commit": one.image.commit,
            "bytes": one.image.bytes,
            "used": one.image.used,
            "reason": one.reason,
        }
        for one in wanted.candidates
    ]
    return {"images": rows, "bytes": wanted.bytes, "in_use": wanted.in_use, "kept": wanted.kept}


def _print_pruning(wanted: "Pruning", gone: int | None) -> None:
    for one in wanted.candidates:
        click.echo(safe_text(f"  {one.image.tag or one.image.id[:19]}  {_size(one.image.bytes)}  {one.reason}"))
    what = f"{len(wanted.candidates)} images, {_size(wanted.bytes)}"
    click.echo(f"{what} would be removed" if gone is None else f"{gone} of {what} removed")
    in_use = f"; {wanted.in_use} more would go, but a container stands on them" if wanted.in_use else ""
    click.echo(f"{wanted.kept} stay{in_use}")
    if gone is None and wanted.candidates:
        click.echo("nothing was changed; --yes does it")
