"""What a reference patch changed: the files and functions that a ranking is measured against.

**Files**: every file of the patch, whatever its language, by its path as of the base commit: modified, deleted,
renamed (git's rename detection; the old path counts). A file that the patch adds counts too, under its new path;
nothing that reads the base commit alone can rank it, so such an instance is never a hit, and is counted apart.

**Functions**: the patch is applied, and the outermost functions of both versions are compared by qualified name. A
function whose source changed, or which is gone, counts; one that is new does not, nor do lines of a class or module
outside of functions. (Lines of hunks are not used: they disagree with the compared source now and then.)
"""

from dataclasses import dataclass

from memcoder import Repository
from memcoder_eval.localize.functions import functions
from memcoder_eval.scratch import Change, Scratch, scratch


@dataclass(frozen=True)
class Gold:
    """Paths as of the base commit; functions as (path, qualified name)."""

    files: tuple[str, ...]
    functions: tuple[tuple[str, str], ...]
    added: tuple[str, ...]
    """Those of the files that the base commit does not have."""


def gold(repo: Repository, base: str, patch: str) -> Gold:
    """The gold of a patch. The repository is only read. Raises FaultError where the patch does not apply."""
    with scratch(repo) as index:
        index.start(base, patch)
        changes = list(index.changes(base))
        changed = [(change.old, name) for change in changes for name in _changed(index, change)]
    files = tuple(sorted({change.old or change.new for change in changes}))
    return Gold(files, tuple(sorted(set(changed))), tuple(sorted(change.new for change in changes if not change.old)))


def _changed(index: Scratch, change: Change) -> list[str]:
    """Names of the functions of the old file whose source is another in the new one, or which are gone."""
    if not change.old_blob or change.old_blob == change.new_blob:
        return []
    before = functions(change.old, index.blob(change.old_blob))
    after = functions(change.new, index.blob(change.new_blob)) if change.new_blob else {}
    return [name for name, one in before.items() if name not in after or after[name].source != one.source]
