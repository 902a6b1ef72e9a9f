"""The human's word on a run, said at a terminal: written into its record, and on acceptance kept as memories."""

import time
from collections.abc import Sequence

from memcoder.config import Recipe, Settings
from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.internalize.editing import KEPT, checked_patch, keep_text
from memcoder.internalize.word import Taken, take_word
from memcoder.memory.keep import accepted_patch, fix_id
from memcoder.memory.store import MemoryStore
from memcoder.records import Patch, Review, Run
from memcoder.runs.asked import asked
from memcoder.runs.store import RunStore


def accept(
    run_id: str,
    by: str,
    settings: Settings,
    *,
    reason: str = "",
    edited: str | None = None,
    runs: RunStore | None = None,
) -> Taken:
    """Accept a run's patch, or the one that a human made of it: the review is recorded, and memory keeps the fix.

    The same acceptance again changes nothing. Raises UsageError where there is no patch, where the run was rejected,
    or where the edited patch does not hold; then nothing is recorded, and the text is kept in the run's folder.
    A human may accept what no test has verified; that is their word, and the record keeps both.
    """
    runs = runs or RunStore.open()
    run = _reviewable(runs, run_id, "accepted", by)
    repo = Repository.open(run.task.repository)
    patch = _edited(runs, run, repo, edited) if edited is not None else run.patch
    if patch is None or patch.empty:
        raise UsageError(f"run {run.id} has no patch to accept", "`memcoder show` tells why; reject it instead")
    if run.review is not None and edited is not None and patch.diff != accepted_patch(run, run.review).diff:
        raise UsageError(f"run {run.id} was accepted by {run.review.by} already", "solve again with --new")
    review = run.review or Review(
        decision="accepted",
        by=by,
        time=int(time.time()),
        reason=reason,
        memory=fix_id(run.id),
        edited=patch if run.patch is None or patch.diff != run.patch.diff else None,
    )
    # The memory first: should this be cut off between the two, the same command again completes it.
    with MemoryStore.open(settings, repo.key) as store:
        taken = take_word(store, run, review, repo, _install(runs, run))
    if run.review is None:
        runs.review(run.id, review)
    if edited is not None:
        (runs.path(run.id) / KEPT).unlink(missing_ok=True)
    return taken


def reject(run_id: str, by: str, *, reason: str = "", runs: RunStore | None = None) -> Run:
    """Reject a run; nothing becomes a memory. Raises UsageError where it was accepted already."""
    runs = runs or RunStore.open()
    run = _reviewable(runs, run_id, "rejected", by)
    if run.review is not None:
        return run
    return runs.review(run.id, Review(decision="rejected", by=by, time=int(time.time()), reason=reason))


def _edited(runs: RunStore, run: Run, repo: Repository, text: str) -> Patch:
    """The patch that a human made of a run's, or the run's own where they left it; what does not hold is kept."""
    base, proposed = run.task.base_commit, run.patch
    if proposed is not None and text.strip() == proposed.diff.strip():
        return proposed
    try:
        patch = checked_patch(repo, base, text)
        same = proposed is not None and not proposed.empty and checked_patch(repo, base, proposed.diff) == patch
        return proposed if proposed is not None and same else patch
    except UsageError as error:
        path = keep_text(runs.path(run.id), text)
        raise UsageError(error.message, f"your text is kept in {path}; {error.hint}") from error


def _install(runs: RunStore, run: Run) -> Sequence[str]:
    """The steps of the recipe that the run was given."""
    kept, _ = asked(runs.log(run.id))
    return Recipe.model_validate((kept or {}).get("recipe") or {}).install


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
