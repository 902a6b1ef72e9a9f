"""`memcoder mcp`: memory for other agents, over the Model Context Protocol."""

from pathlib import Path

import click


@click.command("mcp")
@click.option(
    "--repo", "repository", default=".", type=click.Path(path_type=Path), help="The repository.", show_default=True
)
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
def command(repository: Path, store: Path | None) -> None:
    """Serve recall, why and conventions as read-only tools on standard input and output.

    An agent that speaks the Model Context Protocol starts this command itself; docs/mcp.md has the lines for each.

    \b
    Example:
      claude mcp add memcoder -- memcoder mcp --repo ~/src/app
    """
    from memcoder.mcp.serve import serve

    serve(repository, store)
