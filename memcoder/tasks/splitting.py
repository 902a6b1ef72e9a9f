"""A commit as two patches: what it changed in tests, and the rest."""

from collections.abc import Iterable

from memcoder.history.git import DIFF_OPTIONS, output
from memcoder.history.repository import Repository
from memcoder.tasks.candidates import Candidate, Rejected

MOST_BYTES = 500_000
OPTIONS = (*DIFF_OPTIONS, "--no-renames", "--binary", "-U3", "--diff-algorithm=myers")
"""Every setting of a user's that would change a patch's text is set here, so that it is the same on every machine."""


def split(repo: Repository, candidate: Candidate) -> tuple[str, str]:
    """The patch and the test patch of a commit. Raises Rejected where one is no text, or enormous."""
    return _diff(repo, candidate, candidate.code), _diff(repo, candidate, candidate.tests)


def _diff(repo: Repository, candidate: Candidate, paths: Iterable[str]) -> str:
    data = output(repo.path, "diff", *OPTIONS, candidate.base, candidate.commit.sha, "--", *paths)
    if len(data) > MOST_BYTES:
        raise Rejected("too large", f"a patch of {len(data)} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Rejected("a patch that is no UTF-8") from error
