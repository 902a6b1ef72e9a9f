"""`memcoder demo`: see the whole line on a small repository."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from memcoder.cli.common import json_option, print_json, progress_bar, safe_text, say

if TYPE_CHECKING:
    from memcoder.demo.flow import DemoReport


@click.command("demo")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything random.")
@click.option("--model", default="embedded", show_default=True, help="Another model to solve it with.")
@click.option(
    "--sandbox", type=click.Choice(["docker", "local"]), help="Where the code runs; default: docker if there."
)
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for repository, memory and run record.")
@json_option
def command(seed: int, model: str, sandbox: str | None, keep: Path | None, as_json: bool) -> int:
    """Make a repository with a history and an open bug, and let memcoder remember, fix, verify and learn.

    \b
    Example:
      memcoder demo --seed 1
    """
    from memcoder.config import EMBEDDED, load_settings
    from memcoder.demo.flow import demo_folder, run_demo, signs_of_life

    settings = load_settings(None, seed=seed, model=model, sandbox=sandbox, max_time=480.0, command_timeout=60.0)
    with signs_of_life(say) as speak:
        if settings.model == EMBEDDED:
            from memcoder.models.embedded import pull

            with progress_bar() as progress:
                pull(given=settings.model_path, progress=progress, say=speak)
        report = run_demo(settings, (keep or demo_folder()).resolve(), speak)
    print_json(report.model_dump(mode="json")) if as_json else _print(report)
    return 0 if report.succeeded else 1


def _print(report: "DemoReport") -> None:
    run = report.run
    click.echo("")
    click.echo(safe_text(run.patch.diff) if run.patch and not run.patch.empty else "no patch was found")
    click.echo("memories used:")
    for item in run.recall.memories if run.recall else ():
        click.echo(f"  {item.memory.id[:10]} {safe_text(item.memory.subject)}")
    click.echo(f"place: {safe_text(report.place_memory) or 'not from a memory'}")
    if run.verdict:
        click.echo(f"verdict: {run.verdict.status}")
        for line in (*run.verdict.reasons, *run.verdict.verified):
            click.echo(f"  {safe_text(line)}")
        for line in run.verdict.unverified:
            click.echo(f"  not verified: {safe_text(line)}")
    before, after = report.hidden_before, report.hidden_after
    click.echo(f"hidden test before: {len(before.failing)} of {len(before.tests)} fail")
    click.echo(f"hidden test after:  {len(after.failing)} of {len(after.tests)} fail")
    click.echo(f"another day somebody reports: {safe_text(report.next_recall.query)}")
    click.echo(f"recall returns{' the accepted fix' if report.remembered else ', without the fix'}:")
    for item in report.next_recall.memories:
        click.echo(f"  {item.memory.kind:6} {item.memory.id[:24]} {safe_text(item.memory.subject)}")
    click.echo(f"run record: {report.record}")
    click.echo(f"{report.seconds:.0f} s, {run.usage.calls} model calls, {run.usage.tokens} tokens")
