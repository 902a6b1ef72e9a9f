"""How one sitting of a run begins: with a new log, with that of an unfinished run, or with a named run that goes on."""

from memcoder.agent.journal import Report
from memcoder.agent.strategies import STRATEGIES, choose_strategy
from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.models.base import LanguageModel
from memcoder.records import Delivery, Task
from memcoder.runs.asked import asking
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore, fingerprint


def find_log(
    runs: RunStore,
    repo: Repository,
    task: Task,
    settings: Settings,
    delivery: Delivery,
    model: LanguageModel | None,
    new: bool,
    say: Report,
) -> RunLog:
    """The log of the unfinished run of this task and these settings, unless it is to be a new one; else a new one."""
    name = settings.model or ""
    asked = sorted(STRATEGIES) if settings.strategy == "auto" else [settings.strategy]
    marks = {strategy: fingerprint(repo.key, task, name, strategy, settings) for strategy in asked}
    for mark in () if new else marks.values():
        found = runs.find_unfinished(mark)
        if found is not None:
            say(f"continuing run {found.id} (`memcoder solve --new` starts another)")
            return found
    strategy, why = choose_strategy(settings, model)
    mark = fingerprint(repo.key, task, name, strategy, settings)
    facts = {"seed": settings.seed, "fingerprint": mark, **asking(settings, delivery)}
    log = runs.create(task, model=name, strategy=strategy, **facts)
    say(f"run {log.id}")
    say(f"strategy {strategy}: {why}")
    return log


def resumable(runs: RunStore, run_id: str) -> RunLog:
    """The log of a run that can go on: cut off, faulted, not handed over, or stopped by a limit.

    Raises UsageError where it has ended otherwise, or where a human has said their word on it.
    """
    run = runs.load(run_id)
    log = runs.log(run.id)
    if run.review is not None:
        raise UsageError(f"run {run.id} was {run.review.decision} by {run.review.by}", "`memcoder solve --new` again")
    if run.state != "stopped" and not log.unfinished():
        status = run.verdict.status if run.verdict else run.state
        raise UsageError(
            f"run {run.id} has ended ({status}); there is nothing to resume",
            f"`memcoder show {run.id}` has it; `memcoder solve --new` starts another",
        )
    return log
