"""The `memcoder` command: a table of commands, each imported only when it is used."""

import sys
from importlib import import_module

import click

from memcoder import __version__

COMMANDS = {
    "init": "Choose a model and write your settings.",
    "mine": "Mine a repository's history into memories.",
    "recall": "Ask memory where a change belongs and what was done before.",
    "why": "Say which commits made a place what it is.",
    "conventions": "See what a project's commits do without saying so.",
    "solve": "Resolve an issue with a patch that tests have verified.",
    "resume": "Go on with a run that was cut off or stopped.",
    "undo": "Take back what a run did to the repository.",
    "review": "Give a run the human's word: accept or reject.",
    "internalize": "Train an adapter on what humans validated.",
    "runs": "List runs.",
    "show": "Show one run, in the terminal or as a page.",
    "model": "Get, list or serve the embedded model.",
    "memory": "Look into, export and import memories.",
    "github": "Solve issues on GitHub, as the Action does.",
    "mcp": "Serve recall, why and conventions to other agents.",
    "env": "Build, show and remove the images that attempts start from.",
    "doctor": "Check what memcoder needs and say what to do.",
    "demo": "See the whole line on a small repository.",
    "eval": "Benchmarks.",
}


class LazyGroup(click.Group):
    """Lists commands from the table above; imports `memcoder.cli.NAME` when NAME is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"memcoder.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="memcoder")
def cli() -> None:
    """A repository-aware coding agent that remembers.

    \b
    Example:
      memcoder mine .
      memcoder solve . --issue "Totals are wrong when a price is zero" --test "pytest -q"

    Exit codes: 0 done and verified, 1 finished without a verified patch, 2 wrong use or refused,
    3 something is missing, 4 a limit was reached, 5 a fault, 130 interrupted.
    """


def main() -> None:
    """Entry point: errors become one clear message and the exit code of their kind."""
    from memcoder.cli.common import run_command

    sys.exit(run_command(cli))
