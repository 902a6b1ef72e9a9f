"""`memcoder internalize`: what humans validated becomes an adapter, if it passes the gate."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memcoder.cli.common import json_option, print_json, progress_bar, safe_text, say
from memcoder.cli.training_bar import training_bar

if TYPE_CHECKING:
    from memcoder.internalize.consolidate import Consolidation, Outcome
    from memcoder.internalize.due import Plan, Survey

REFUSED = 1
NOTHING = "there is no accepted fix or lesson to be taught"


@click.command("internalize")
@click.argument("repository", default=".", type=click.Path(path_type=Path))
@click.option(
    "--base",
    default="embedded",
    show_default=True,
    envvar="MEMCODER_INTERNALIZE_BASE",
    help="`embedded`, `small`, a GGUF file or a folder.",
)
@click.option("--area", help="Only this area of the code (a top-level folder; '' for what is in none).")
@click.option("--seed", type=int, help="Seed of everything that is drawn.")
@click.option("--epochs", type=click.IntRange(min=1), help="Times that every new example is seen.")
@click.option("--if-due", is_flag=True, help="Do nothing, successfully, unless enough is new.")
@click.option("--dry-run", is_flag=True, help="Say what is due and what each memory is worth; train nothing.")
@click.option("--max-time", type=click.FloatRange(min=0, min_open=True), help="Seconds; the next call goes on.")
@click.option("--no-promote", is_flag=True, help="Keep an accepted adapter without putting it into use.")
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the memory store.")
@json_option
def command(repository: Path, as_json: bool, if_due: bool, dry_run: bool, area: str | None, **given: Any) -> int:
    """Train an adapter on the accepted fixes and lessons of REPOSITORY, and promote it if it passes the gate.

    Exits 0 where every candidate was accepted or nothing was due, 1 where the gate refused one, 4 at --max-time.

    \b
    Examples:
      memcoder internalize . --dry-run
      memcoder internalize . --if-due --max-time 7200
      memcoder internalize . --base small --no-promote
    """
    from memcoder.config import load_settings
    from memcoder.history.repository import Repository
    from memcoder.memory.mine import mine
    from memcoder.memory.store import MemoryStore

    repo = Repository.open(repository)
    settings = load_settings(None if repo.bare else repo.path, store=given.pop("store"), seed=given.pop("seed"))
    with MemoryStore.open(settings, repo.key) as store:
        mine(repo, store, within=0)  # worth is counted from what later commits touch, and rehearsal is drawn from them
        consolidation = _consolidation(repo, store, settings, **given)
        found = consolidation.survey()
        plans = _chosen(found, area, asked=not (if_due or dry_run), if_due=if_due)
        if dry_run:
            print_json(_document(found, ())) if as_json else _explain(consolidation, found)
            return 0
        outcomes = _run(consolidation, plans)
    print_json(_document(found, outcomes)) if as_json else _tell(found, outcomes)
    return REFUSED if any(one.adapter.verdict == "refused" for one in outcomes) else 0


def _consolidation(
    repo: Any, store: Any, settings: Any, base: str, epochs: int | None, max_time: float | None, no_promote: bool
) -> "Consolidation":
    from memcoder.config import EMBEDDED
    from memcoder.internalize.consolidate import Consolidation, Wish
    from memcoder.internalize.training.example import Training

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    how = Training(seed=settings.seed, threads=cores, **({} if epochs is None else {"epochs": epochs}))
    given = settings.model_path if base == EMBEDDED else None
    wish = Wish(base=base, given=given, how=how, promote=not no_promote, max_time=max_time)
    return Consolidation(repo, store, wish)


def _chosen(found: "Survey", area: str | None, *, asked: bool, if_due: bool) -> list["Plan"]:
    from memcoder.errors import UsageError

    if not found.plans and asked:
        raise UsageError(NOTHING, "accept fixes first: `memcoder review`, `memcoder sync`")
    names = [plan.area for plan in found.plans]
    if area is not None and area not in names and names:
        listed = ", ".join(repr(safe_text(name)) for name in names)
        raise UsageError(f"{area!r} is no area of this project", f"it has {listed}")
    plans = [plan for plan in found.plans if area is None or plan.area == area]
    return [plan for plan in plans if plan.new and (plan.due or not if_due)]


def _run(consolidation: "Consolidation", plans: list["Plan"]) -> tuple["Outcome", ...]:
    from memcoder.internalize.consolidate import Heard

    outcomes = []
    with training_bar() as report, progress_bar() as progress:
        for plan in plans:
            outcomes.append(consolidation.run(plan, Heard(report, progress, say)))
    return tuple(outcomes)


def _explain(consolidation: "Consolidation", found: "Survey") -> None:
    from memcoder.internalize.training.need import tokens_of
    from memcoder.internalize.training.schedule import batches

    how = consolidation.wish.how
    if not found.plans:
        click.echo(f"nothing is due: {NOTHING}")
    for plan in found.plans:
        _print_plan(plan)
        if plan.new:
            made = consolidation.curriculum(plan)
            steps = len(batches(made.examples, how))
            click.echo(
                f"  {len(made.examples)} examples, {len(made.questions)} held-out questions, {steps} steps and as many "
                f"of the control, {_size(consolidation, tokens_of(made.examples, how))}"
            )
    for memory, why in found.refused.items():
        click.echo(f"not taught: {memory}: {safe_text(why)}")


def _size(consolidation: "Consolidation", tokens: int) -> str:
    """The memory that training takes, as far as that can be told."""
    from memcoder.errors import MissingError
    from memcoder.internalize.training.need import estimate

    try:
        return f"about {estimate(consolidation.base, tokens) / 1e9:.1f} GB"
    except MissingError as error:
        return f"how many GB is not known: {error.message} ({error.hint})"


def _print_plan(plan: "Plan") -> None:
    name = safe_text(plan.area) or "the whole project"
    click.echo(f"{name}: {'due' if plan.due else 'not due'}")
    for line in plan.lines:
        click.echo(f"  {line}")
    for label, weighed in (("new", plan.new), ("held", plan.old)):
        for one in weighed:
            click.echo(f"  {label}: {one.memory.id} {one.worth.line}")


def _tell(found: "Survey", outcomes: tuple["Outcome", ...]) -> None:
    done = {one.area: one for one in outcomes}
    for plan in found.plans:
        outcome = done.get(plan.area)
        name = safe_text(plan.area) or "the whole project"
        if outcome is None:
            click.echo(f"{name}: nothing done; {plan.lines[0] if plan.new else 'nothing is new'}")
            continue
        state = "promoted" if outcome.promoted else "kept, not promoted"
        click.echo(f"{name}: adapter {outcome.adapter.id} {outcome.adapter.verdict}, {state}")
        for reason in outcome.adapter.reasons:
            click.echo(f"  {safe_text(reason)}")
    if not found.plans:
        click.echo(f"nothing is due: {NOTHING}")


def _document(found: "Survey", outcomes: tuple["Outcome", ...]) -> dict[str, Any]:
    areas = [
        {
            "area": plan.area,
            "due": plan.due,
            "lines": plan.lines,
            "new": [one.worth.model_dump() for one in plan.new],
            "held": [one.worth.model_dump() for one in plan.old],
            "parent": plan.parent.id if plan.parent else None,
        }
        for plan in found.plans
    ]
    made = [one.model_dump(mode="json") for one in outcomes]
    return {"areas": areas, "refused": found.refused, "outcomes": made}
