"""The human's word on a run: written into its record, and on acceptance kept as a `fix` memory."""

import time

from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.memory.keep import keep_fix
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory, Review, Run
from memcoder.runs.store import RunStore


def accept(run_id: str, by: str, settings: Settings, *, reason: str = "", runs: RunStore | None = None) -> Memory:
    """Accept a run's patch: the review is recorded and the fix becomes a memory of the repository.

    The same acceptance again changes nothing. Raises UsageError where there is no patch, or the run was rejected.
    A human may accept what no test has verified; that is their word, and the record keeps both.
    """
    runs = runs or RunStore.open()
    run = _reviewable(runs, run_id, "accepted", by)
    if run.patch is None or run.patch.empty:
        raise UsageError(f"run {run.id} has no patch to accept", "`memcoder show` tells why; reject it instead")
    memory_id = f"fix-{run.id}"
    review = run.review or Review(decision="accepted", by=by, time=int(time.time()), reason=reason, memory=memory_id)
    repo = Repository.open(run.task.repository)
    # The memory first: should this be cut off between the two, the same command again completes it.
    with MemoryStore.open(settings, repo.key) as store:
        memory = keep_fix(store, run, review)
    if run.review is None:
        runs.review(run.id, review)
    return memory


def reject(run_id: str, by: str, *, reason: str = "", runs: RunStore | None = None) -> Run:
    """Reject a run; nothing becomes a memory. Raises UsageError where it was accepted already."""
    runs = runs or RunStore.open()
    run = _reviewable(runs, run_id, "rejected", by)
    if run.review is not None:
        return run
    return runs.review(run.id, Review(decision="rejected", by=by, time=int(time.time()), reason=reason))


def _reviewable(runs: RunStore, run_id: str, decision: str, by: str) -> Run:
    run = runs.load(run_id)
    if not by.strip():
        raise UsageError("say who reviews", "--by NAME")
    if run.finished is None:
        raise UsageError(f"run {run.id} has not finished", f"`memcoder resume {run.id}` goes on with it")
    if run.review is not None and run.review.decision != decision:
        raise UsageError(
            f"run {run.id} was {run.review.decision} by {run.review.by} already",
            "solve again with --new for another patch",
        )
    return run
