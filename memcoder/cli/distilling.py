"""What `memcoder mine --distill N` adds: the flags, what it will cost, and what it did."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from memcoder.cli.common import progress_bar, say

if TYPE_CHECKING:
    from memcoder.config import Settings
    from memcoder.history.repository import Repository
    from memcoder.memory.distill.run import DistillReport, Estimate, Outcome
    from memcoder.memory.store import MemoryStore

Command = TypeVar("Command", bound=Callable[..., Any])
OPTIONS = (
    click.option("--distill", type=click.IntRange(min=1), metavar="N", help="Distil the N most useful commits."),
    click.option("--model", help="The model that distils; your own choice only."),
    click.option("--max-cost", type=click.FloatRange(min=0), help="US dollars that distilling may cost."),
    click.option("--max-time", type=click.FloatRange(min=0, min_open=True), help="Seconds that distilling may take."),
    click.option("--retry", is_flag=True, help="Ask again about commits for which the model failed before."),
)


def distill_options(command: Command) -> Command:
    """The flags of distilling."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def required_model(settings: "Settings") -> None:
    """Raises UsageError where no model was chosen: before mining, which may take a while."""
    from memcoder.errors import UsageError

    if settings.model is None:
        raise UsageError("distilling needs a model, and none was chosen", "run `memcoder init`, or --model embedded")


def distill_mined(
    repo: "Repository", store: "MemoryStore", settings: "Settings", count: int, retry: bool
) -> dict[str, Any]:
    """Distil, saying what it will cost and what it cost; an interruption keeps what was done and says so."""
    from memcoder.memory.distill.choose import choose
    from memcoder.memory.distill.log import DistillLog
    from memcoder.memory.distill.run import Budget, distill, estimate, summary
    from memcoder.memory.mine import mine
    from memcoder.models.door import open_model

    outcomes: list[Outcome] = []
    budget = Budget(max_cost=settings.max_cost, max_time=settings.max_time)
    with progress_bar() as progress, open_model(settings, progress) as model:
        chosen = choose(store, count, () if retry else DistillLog(store).refused(model.name))
        expected = estimate(store, model, chosen)
        say(_before(expected, settings))

        def told(outcome: "Outcome") -> None:
            outcomes.append(outcome)
            progress("distilling", len(outcomes), len(chosen))

        try:
            done = distill(store, model, chosen, budget=budget, retry=retry, seed=settings.seed, report=told, say=say)
        except BaseException:
            say(_after(summary(outcomes)) + "; cut off, and the same command goes on")
            raise
    say(_after(done))
    if done.distilled or done.copied:
        mine(repo, store, say=say)  # the vectors of what is distilled now
    return {"estimate": expected.model_dump(mode="json"), **done.model_dump(mode="json")}


def _before(expected: "Estimate", settings: "Settings") -> str:
    cost = "price unknown" if expected.cost is None else f"about ${expected.cost:.2f}"
    took = "" if expected.seconds is None else f", about {expected.seconds / 60:.0f} minutes"
    return (
        f"distilling {expected.memories} commits with {settings.model}: about {expected.tokens_in:,} tokens in and "
        f"{expected.tokens_out:,} out, {cost}{took}; at most ${settings.max_cost:.2f} and {settings.max_time:.0f} s"
    )


def _after(done: "DistillReport") -> str:
    used = done.usage
    cost = f"${used.cost:.2f}" if used.cost_known else "price unknown"
    stopped = f"; stopped by --max-{done.stopped}" if done.stopped else ""
    return (
        f"distilled {done.distilled} ({done.first_try} at once), copied {done.copied}, refused {done.refused}, "
        f"skipped {done.skipped}: {used.tokens_in:,} tokens in, {used.tokens_out:,} out, {cost}, "
        f"{used.seconds:.0f} s of the model{stopped}"
    )
