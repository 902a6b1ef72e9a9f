"""`memcoder why`: which commits made a place what it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, progress_bar, safe_text, say

if TYPE_CHECKING:
    from memcoder.config import Settings
    from memcoder.records import Together, Usage, Why, WhyStep

SHORT = 10
CITED = 3
"""Commits cited for a count; `--json` has all."""


@click.command("why")
@click.argument("place", metavar="PATH[:LINE[-LINE]]|SYMBOL")
@click.option(
    "--repo", "repository", default=".", type=click.Path(path_type=Path), help="The repository.", show_default=True
)
@click.option("--as-of", default="HEAD", show_default=True, help="Commit whose ancestors alone count.")
@click.option("--limit", type=click.IntRange(min=2), default=20, show_default=True, help="Commits shown at most.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@click.option("--summary", is_flag=True, help="A summary above the evidence, by the model of your settings.")
@click.option("--model", help="A summary by this model: embedded, or a name litellm knows.")
@json_option
def command(
    place: str,
    repository: Path,
    as_of: str,
    limit: int,
    store: Path | None,
    summary: bool,
    model: str | None,
    as_json: bool,
) -> None:
    """Say why a file, lines of it, or a function is as it is: the commits that made it so, newest first.

    Each commit is told with what it did to the place. Then what was tried and reverted, and what usually changes with
    it. Everything cites its commit. No model is called unless --summary or --model asks for one.

    \b
    Examples:
      memcoder why shop/money.py:12-20
      memcoder why Cart.total --repo ~/src/app --as-of v1.2
      memcoder why shop/money.py --summary
    """
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.memory.store import MemoryStore
    from memcoder.memory.why import why

    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, store=store, model=model)
    with MemoryStore.open(settings, repo.key) as opened:
        found = why(repo, opened, place, as_of=as_of, limit=limit)
    usage = None
    if summary or model:
        found, usage = _summarised(found, settings)
    print_json(document(found, usage)) if as_json else _print(found)


def document(found: "Why", usage: "Usage | None" = None) -> dict[str, Any]:
    """What `memcoder why --json` prints."""
    return found.model_dump(mode="json") | {"usage": usage.model_dump(mode="json") if usage else None}


def _summarised(found: "Why", settings: "Settings") -> "tuple[Why, Usage]":
    from memcoder.memory.why_summary import summarise
    from memcoder.models.door import open_model

    with progress_bar() as progress, open_model(settings, progress) as model:
        return summarise(found, model, timeout=settings.max_time)


def _print(found: "Why") -> None:
    place = found.place
    lines = f":{place.start}-{place.end}" if place.start else ""
    _show(f"{place.path}{lines}  {place.symbol or ''}".rstrip() + f"  as of {found.as_of[:SHORT]}")
    for sentence in found.summary:
        _show(f"  {sentence}")
    shown = f", {len(found.steps)} of them shown" if len(found.steps) < found.total else ""
    _show(f"\n{found.total} commit{'s' if found.total != 1 else ''} made it so, newest first{shown}:")
    for step in found.steps:
        _print_step(step, found)
    for one in found.elsewhere:
        _show(f"  {one.sha[:SHORT]}  first wrote {one.lines} of these lines, in {one.path}")
    _print_reverted(found)
    _print_together("usually changes with", found.together)
    _print_together("tests that change with it", found.tests)
    for fix in found.fixes:
        base = (fix.provenance.commit or "")[:SHORT]
        _show(f"\naccepted fix on {base}: {fix.subject} ({fix.id})")
    for note in found.notes:
        say(note)


def _print_step(step: "WhyStep", found: "Why") -> None:
    mark = "*" if step.sha == found.introduced else " "
    day = datetime.fromtimestamp(step.time, UTC).strftime("%Y-%m-%d")
    _show(f"{mark} {step.sha[:SHORT]}  {day}  {step.did:<10}  {step.subject}")
    facts = [f"+{step.added} -{step.deleted}"]
    if step.old_path:
        facts.append(f"{'copied from' if step.did == 'introduced' else 'before in'} {step.old_path}")
    if step.standing:
        facts.append(f"{step.standing} line{'s' if step.standing != 1 else ''} of today")
    if step.issues:
        facts.append(f"names {', '.join(step.issues)}")
    _show(f"      {'; '.join(facts)}")
    distilled = (("problem", step.problem), ("root cause", step.root_cause), ("solution", step.solution))
    told = [f"{name}: {value}" for name, value in distilled if value]
    for line in told or filter(None, [step.body]):
        _show(f"      {line}")


def _print_reverted(found: "Why") -> None:
    if found.reverted:
        _show("\ntried and reverted:")
    for one in found.reverted:
        again = f", which {one.again[:SHORT]} reverted" if one.again else ""
        _show(f"  {one.sha[:SHORT]}  {one.subject}\n      by {one.by[:SHORT]}  {one.by_subject}{again}")


def _print_together(title: str, files: "tuple[Together, ...]") -> None:
    if files:
        _show(f"\n{title}:")
    for one in files:
        cited = ", ".join(sha[:SHORT] for sha in one.commits[:CITED])
        more = ", …" if len(one.commits) > CITED else ""
        _show(f"  {one.times} of {one.of}  {one.path}  ({cited}{more})")


def _show(line: str) -> None:
    click.echo(safe_text(line))
