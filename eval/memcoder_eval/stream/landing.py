"""Where a reference patch entered a history."""

from memcoder import FaultError, Repository
from memcoder_eval.dataset import Instance
from memcoder_eval.scratch import Scratch, scratch

LOOKED_AT = 200
"""Commits of the main line that change one of the patch's files, after its base commit, that are tried."""


def landing(repo: Repository, instance: Instance) -> str | None:
    """The first commit of HEAD's main line after the base commit that holds the whole patch; None where none does.

    A commit holds it if it can be taken back there. Tasks whose base commits have this one know the fix anyway.
    """
    base = instance.question.base_commit
    with scratch(repo) as index:
        index.start(base, instance.patch)
        paths = sorted({path for change in index.changes(base) for path in (change.old, change.new) if path})
        order = ("--first-parent", "--topo-order", "--reverse")
        listed = index.git("rev-list", *order, f"{base}..HEAD", "--", *paths).decode().split()
        return next((commit for commit in listed[:LOOKED_AT] if _holds(index, commit, instance.patch)), None)


def _holds(index: Scratch, commit: str, patch: str) -> bool:
    index.git("read-tree", commit)
    data = patch.encode("utf-8", "surrogateescape")
    try:
        index.git("apply", "--cached", "--check", "--reverse", "--whitespace=nowarn", "-", data=data)
    except FaultError:
        return False
    return True
