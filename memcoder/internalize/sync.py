"""`sync`: a proposed patch that was merged, whole or changed, has the human's word of whoever merged it."""

from collections.abc import Callable
from typing import Literal

from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.history.git import run as git
from memcoder.history.repository import Repository
from memcoder.internalize.landing import Landed, Mainline
from memcoder.internalize.word import Taken, take_word
from memcoder.memory.conventions.paths import layout_of
from memcoder.memory.keep import accepted_patch, fix_id
from memcoder.memory.prune import drawn_from, restore, retire
from memcoder.memory.store import MemoryStore
from memcoder.records import Memory, Patch, Record, Review, Run
from memcoder.runs.store import RunStore

MAINLINES = ("refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master")
"""Which branch is the project's, the surest first; where there is none of them, what is checked out."""
BACK = "reverted: "
"""Begins what a memory was retired for, so that it can be told from other reasons."""

Progress = Callable[[str, int, int], None]
What = Literal["merged", "merged with changes", "merged and reverted", "reverted since", "standing again", "not found"]


class Found(Record):
    """What the history says of one run."""

    run: str
    what: What
    commit: str = ""
    """Where it was merged."""
    by: str = ""
    time: int = 0
    share: float = 0.0
    """Of the proposal's lines of product code that the commit has."""
    reverted_by: str = ""
    memory: str = ""
    lessons: tuple[str, ...] = ()


class Synced(Record):
    """What a sync found, and kept unless it was a dry run."""

    mainline: str
    commit: str
    dry_run: bool
    found: tuple[Found, ...] = ()
    """Each run with a patch that nobody reviewed, and each whose merge was taken back, or made again, since."""
    notes: tuple[str, ...] = ()
    """Runs that could not be read or written."""


def sync(
    repo: Repository,
    settings: Settings,
    *,
    onto: str | None = None,
    dry_run: bool = False,
    runs: RunStore | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Synced:
    """Look for proposed patches in the history of the mainline (`onto`, else the project's own branch).

    The same again changes nothing; cut off, it is completed by the next one. Raises UsageError where `onto` names no
    commit.
    """
    runs = runs or RunStore.open()
    name = onto or _mainline(repo)
    every, broken = runs.survey()
    ours = [run for run in every if _is_of(repo, run)]
    own = {sha for run in every if run.delivered for sha in (run.delivered.commit, run.delivered.branch_commit) if sha}
    line = Mainline(repo, repo.resolve(name), _is_published(repo, name), frozenset(own))
    found: list[Found] = []
    notes = [f"run {name} cannot be read" for name in broken]
    for number, run in enumerate(ours):
        progress("looking for patches", number, len(ours))
        try:
            one = _again(line, run, settings, dry_run) if run.review else _open(line, run, runs, settings, dry_run)
        except UsageError as error:
            notes.append(f"run {run.id}: {error.message}")
            continue
        found += [one] if one else []
    progress("looking for patches", len(ours), len(ours))
    return Synced(mainline=name, commit=line.tip, dry_run=dry_run, found=tuple(found), notes=tuple(notes))


def _open(line: Mainline, run: Run, runs: RunStore, settings: Settings, dry_run: bool) -> Found:
    """A run that nobody reviewed: where it landed, and what that taught."""
    base, diff = run.task.base_commit, run.patch.diff if run.patch else ""
    landed = line.landed(diff, base, run.finished or run.started, layout_of(line.repo.tree(base)))
    if landed is None:
        return Found(run=run.id, what="not found")
    told = {"commit": landed.commit, "by": landed.by, "time": landed.time, "share": round(landed.share, 3)}
    if landed.undone:
        return Found(run=run.id, what="merged and reverted", reverted_by=landed.undone, **told)
    taken = None if dry_run else _take(line.repo, run, runs, landed, settings)
    return Found(
        run=run.id,
        what="merged" if landed.whole else "merged with changes",
        memory=taken.fix.id if taken else "",
        lessons=tuple(memory.id for memory in taken.lessons) if taken else (),
        **told,
    )


def _take(repo: Repository, run: Run, runs: RunStore, landed: Landed, settings: Settings) -> Taken:
    """Keep it, and write the word into the run's record: the memory first, so that what is cut off is completed."""
    review = Review(
        decision="accepted",
        by=landed.by,
        time=landed.time,
        reason=f"merged in commit {landed.commit[:12]}",
        memory=fix_id(run.id),
        edited=None if landed.whole else Patch(diff=landed.diff),
        commit=landed.commit,
    )
    with MemoryStore.open(settings, repo.key) as store:
        taken = take_word(store, run, review, repo)
    runs.review(run.id, review)
    return taken


def _again(line: Mainline, run: Run, settings: Settings, dry_run: bool) -> Found | None:
    """A run whose merge was the word: its memories go when the merge is taken back, and come when it is made again."""
    review = run.review
    if review is None or review.commit is None or not line.repo.is_ancestor(review.commit, line.tip):
        return None
    diff = accepted_patch(run, review).diff
    undone = line.undone(review.commit, diff, layout_of(line.repo.tree(run.task.base_commit)))
    with MemoryStore.open(settings, line.repo.key) as store:
        here = drawn_from(store, run.id)
        if undone:
            standing = [memory for memory in here if memory.retired is None and memory.trust != "quarantined"]
            changed = [memory for memory in standing if not _was_restored(store, memory, undone)]
        else:
            changed = [memory for memory in here if (memory.retired or "").startswith(BACK)]
        if not dry_run:
            with store.writing():
                for memory in changed:
                    retire(store, memory.id, f"{BACK}by {undone}") if undone else restore(store, memory)
    if not changed:
        return None
    return Found(
        run=run.id,
        what="reverted since" if undone else "standing again",
        commit=review.commit,
        by=review.by,
        time=review.time,
        reverted_by=undone,
        memory=fix_id(run.id),
    )


def _was_restored(store: MemoryStore, memory: Memory, undone: str) -> bool:
    """Whether it was taken out for this very revert before: then a human wanted it back."""
    return any(state.retired == f"{BACK}by {undone}" for _, state in store.history(memory.id))


def _is_of(repo: Repository, run: Run) -> bool:
    """Whether a run ended with a patch of this repository, and nobody rejected it."""
    proposed = run.finished is not None and run.patch is not None and not run.patch.empty
    return proposed and (run.review is None or run.review.commit is not None) and repo.knows(run.task.base_commit)


def _mainline(repo: Repository) -> str:
    """The branch that is the project's own."""
    known = (ref for ref in MAINLINES if git(repo.path, "rev-parse", "--verify", "--quiet", ref).returncode == 0)
    return next(known, "HEAD")


def _is_published(repo: Repository, name: str) -> bool:
    """Whether a revision is a branch of a remote."""
    told = git(repo.path, "rev-parse", "--symbolic-full-name", name)
    return told.returncode == 0 and told.stdout.startswith(b"refs/remotes/")
