"""`memcoder memory why`: where a memory came from."""

from pathlib import Path

import click

from memcoder.cli.common import json_option, print_json, safe_text
from memcoder.cli.memory_store import line_of, one_of, opened, repository_option, store_option


@click.command("why")
@click.argument("memory")
@repository_option
@store_option
@json_option
def why(memory: str, repository: Path, store: Path | None, as_json: bool) -> None:
    """Trace one memory to what it came from: fixes, commits, runs, and earlier lessons that it took up.

    \b
    Example:
      memcoder memory why lesson-3f9a
    """
    from memcoder.memory.origins import origins

    with opened(repository, store) as (_, found):
        chosen = one_of(found, memory)
        told = origins(found, chosen)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    click.echo(line_of(chosen))
    for other in told.superseded_by:
        click.echo(f"  superseded by {other}")
    for one in told.origins:
        whose = "" if one.of == chosen.id else f"{one.of}: "
        said = f"  {one.trust}  {safe_text(one.subject)}" if one.trust else ""
        click.echo(f"  {whose}{one.relation.replace('_', ' ')} {one.target}{said}")
