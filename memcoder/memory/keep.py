"""Keeping a fix: a run that a human accepted becomes a signed `fix` memory.

The message is made of the issue's text and of what the diff shows, never of a model's prose: recalled or generated
text must not become memory.
"""

import re

from memcoder.errors import UsageError
from memcoder.history.diffs import changed_lines
from memcoder.history.repository import Repository
from memcoder.history.symbols import symbol_at, symbols
from memcoder.memory.store import MemoryStore
from memcoder.memory.vectors import embed_missing
from memcoder.records import Change, FileChange, Memory, Patch, Provenance, Review, Run

ISSUE_LIMIT = 4_000
PATCH_LIMIT = 20_000
SUBJECT_LIMIT = 120
FIX = "fix-"
"""Begins the id of what a run's accepted patch became; the run's own follows."""


def fix_id(run: str) -> str:
    """The id of the memory of an accepted run."""
    return f"{FIX}{run}"


def keep_fix(store: MemoryStore, run: Run, review: Review, repo: Repository | None = None) -> Memory:
    """The memory of an accepted run; one that is there already stays as it is.

    It belongs to the commit that brought the fix into the history, where the review names one, else to the run's base.
    `repo` is the repository, where it is not at the run's own path. Raises UsageError for a run that was not accepted
    or has no patch.
    """
    if review.decision != "accepted":
        raise UsageError(f"run {run.id} was not accepted", "only what a human accepted is kept")
    patch = accepted_patch(run, review)
    if patch.empty:
        raise UsageError(f"run {run.id} has no patch", "there is nothing to keep")
    there = store.get(fix_id(run.id))
    if there is not None and there.trust != "quarantined":
        return there  # with what it has learnt since: how it fared, that it was retired
    repo = repo or Repository.open(run.task.repository)
    base = accepted_base(repo, run, review)
    files = tuple(_change(repo, base, change, lines) for change, lines in changed_lines(patch.diff))
    memory = Memory(
        id=fix_id(run.id),
        kind="fix",
        message=_message(run.task.issue, files),
        change=Change(files=files, kind="fix", patch=patch.diff[:PATCH_LIMIT].encode(errors="replace").decode()),
        provenance=Provenance(
            repository=store.repository_key,
            commit=review.commit or run.task.base_commit,
            author=review.by,
            time=review.time,
            source="human",
            run=run.id,
        ),
        trust="accepted",
    )
    store.put([memory])
    embed_missing(store, lambda what, done, total: None)  # what is missing after this, the next mine makes
    return memory


def accepted_patch(run: Run, review: Review) -> Patch:
    """What the human accepted: the patch as edited, else as proposed."""
    return review.edited or run.patch or Patch(diff="")


def accepted_base(repo: Repository, run: Run, review: Review) -> str:
    """The commit that the accepted patch is against: of one that was merged, the merge's first parent."""
    return repo.before(review.commit) if review.commit else run.task.base_commit


def _message(issue: str, files: tuple[FileChange, ...]) -> str:
    """The issue's title and body, then what was changed, as the diff tells it."""
    title, _, body = issue.strip().partition("\n")
    changed = [f"{file.path}: {', '.join(file.symbols) or file.status}" for file in files]
    subject = re.sub(r"^#+\s*", "", title)[:SUBJECT_LIMIT]
    return "\n\n".join(part for part in (subject, body.strip()[:ISSUE_LIMIT], "Changed " + "; ".join(changed)) if part)


def _change(repo: Repository, base: str, change: FileChange, lines: frozenset[int]) -> FileChange:
    """The file's change with the symbols of the base commit that its hunks touch."""
    source = repo.read(base, change.old_path or change.path)
    found = symbols(change.path, source) if source else []
    touched = (symbol_at(found, line) for line in sorted(lines))
    names = tuple(dict.fromkeys(symbol.qualified for symbol in touched if symbol))
    return change.model_copy(update={"symbols": names})
