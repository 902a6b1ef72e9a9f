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
from memcoder.records import Change, FileChange, Memory, Provenance, Review, Run

ISSUE_LIMIT = 4_000
PATCH_LIMIT = 20_000
SUBJECT_LIMIT = 120


def keep_fix(store: MemoryStore, run: Run, review: Review) -> Memory:
    """The memory of an accepted run; the same review again changes nothing.

    Raises UsageError for a run that was not accepted or has no patch.
    """
    if review.decision != "accepted":
        raise UsageError(f"run {run.id} was not accepted", "only what a human accepted is kept")
    if run.patch is None or run.patch.empty:
        raise UsageError(f"run {run.id} has no patch", "there is nothing to keep")
    repo = Repository.open(run.task.repository)
    files = tuple(_change(repo, run.task.base_commit, change, lines) for change, lines in changed_lines(run.patch.diff))
    memory = Memory(
        id=f"fix-{run.id}",
        kind="fix",
        message=_message(run.task.issue, files),
        change=Change(files=files, kind="fix", patch=run.patch.diff[:PATCH_LIMIT].encode(errors="replace").decode()),
        provenance=Provenance(
            repository=store.repository_key,
            commit=run.task.base_commit,
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
