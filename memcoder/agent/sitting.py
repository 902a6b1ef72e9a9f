"""How one sitting of a run begins: with a new log, with that of an unfinished run, or with a named run that goes on."""

from memcoder.agent.journal import Journal
from memcoder.errors import UsageError
from memcoder.runs.store import RunLog, RunStore


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


def reopen(log: RunLog, journal: Journal) -> None:
    """Let a run that a limit stopped go on. Raises LimitError, and changes nothing, where it still has none left."""
    journal.limits.check()
    log.append("reopened", seconds=journal.limits.seconds)
    journal.finished = journal.judged = journal.stopped = False
