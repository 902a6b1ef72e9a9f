"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from memcoder.records import Delivery

Command = Callable[..., Any]


def limit_options(command: Command) -> Command:
    """What a run may spend, over all its sittings."""
    options = (
        click.option("--max-cost", type=float, help="US dollars at most."),
        click.option("--max-tokens", type=int, help="Tokens at most, read and written."),
        click.option("--max-steps", type=int, help="Model calls at most."),
        click.option("--max-time", type=float, help="Seconds at most."),
    )
    return with_options(options, command)


def delivery_options(command: Command) -> Command:
    """How the outcome is brought home; `take_delivery` takes them out of the flags."""
    folder = click.Path(path_type=Path)
    options = (
        click.option("--out", type=folder, help="Folder that gets patch, record and page of the run."),
        click.option("--apply", "apply_patch", is_flag=True, help="Apply a verified patch to the working tree."),
        click.option("--commit", "commit_patch", is_flag=True, help="Commit a verified patch on the current branch."),
        click.option("--branch", help="Commit a verified patch to a new branch of this name."),
    )
    return with_options(options, command)


stream_option = click.option(
    "--stream", "streams", is_flag=True, help="Show the model's answers on standard error as they come."
)
mode_option = click.option(
    "--mode",
    type=click.Choice(["auto", "confirm"]),
    default="auto",
    show_default=True,
    help="Run the model's commands, or ask before each (on a terminal, strategy `tools`).",
)


def take_delivery(flags: dict[str, Any]) -> "Delivery":
    """The delivery that the flags ask for, taken out of them."""
    from memcoder.records import Delivery

    out = flags.pop("out")
    return Delivery(
        apply=flags.pop("apply_patch"),
        commit=flags.pop("commit_patch"),
        branch=flags.pop("branch"),
        out=str(out.absolute()) if out else None,
    )


def with_options(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    """The command with these options, which its help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command
