"""Which commits of a history may make a task: they change code and tests, little enough, and say what for."""

from dataclasses import dataclass
from itertools import zip_longest

from memcoder.history.commits import read_commits
from memcoder.history.git import output
from memcoder.history.kinds import change_kind, is_test_path
from memcoder.history.languages import LANGUAGES
from memcoder.history.noise import is_noise_commit, is_noise_path
from memcoder.history.repository import Repository
from memcoder.records import Commit, FileChange

DULL = frozenset({"docs", "tests", "dependency", "format", "release", "merge", "revert"})
"""Kinds of change that nobody would file an issue for."""
MOST_FILES = 20
MOST_LINES = 500
"""Added and deleted lines of code, tests not counted."""
MOST_TEST_LINES = 2_000
SPREAD = 5_000
"""The newest commits, of which candidates are spread over areas."""


class Rejected(Exception):
    """Why a commit makes no task, in the same words for every commit of which it holds."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Candidate:
    """A commit that changes code and tests, with the paths of either."""

    commit: Commit
    code: tuple[str, ...]
    """All that is no test, documents and the like included."""
    tests: tuple[str, ...]

    @property
    def base(self) -> str:
        """The commit that a solver begins at."""
        return self.commit.parents[0]


def newest_first(repo: Repository, head: str) -> list[str]:
    """Ids of every commit of a history, by their dates, and none before what was made on it."""
    return output(repo.path, "rev-list", "--date-order", head, "--").decode().split()


def spread(repo: Repository, head: str) -> list[str]:
    """The same commits in another order: the newest candidate of each area of the code, then the second of each, …

    An area is the folder, two deep, of most of a candidate's code. What makes no candidate comes last, and so does all
    but the newest `SPREAD` commits.
    """
    order = newest_first(repo, head)
    areas: dict[str, list[str]] = {}
    for commit in read_commits(repo, order[:SPREAD]):
        try:
            areas.setdefault(area_of(candidate_of(commit)), []).append(commit.sha)
        except Rejected:
            continue
    turns = (turn for turn in zip_longest(*areas.values()))
    chosen = [sha for turn in turns for sha in turn if sha is not None]
    known = set(chosen)
    return chosen + [sha for sha in order if sha not in known]


def area_of(candidate: Candidate) -> str:
    """The folder, two deep, that holds most of a candidate's code."""
    folders = ["/".join(path.split("/")[:-1][:2]) for path in candidate.code if is_code(path)]
    return max(sorted(set(folders)), key=folders.count)


def candidate_of(commit: Commit) -> Candidate:
    """The commit as a candidate. Raises Rejected."""
    if len(commit.parents) != 1:
        raise Rejected("a merge, or without a parent")
    kind = change_kind(commit.message, commit.files, len(commit.parents))
    if kind in DULL:
        raise Rejected(f"a change of kind {kind}")
    tests = [change for change in commit.files if is_test_path(change.path)]
    code = [change for change in commit.files if not is_test_path(change.path)]
    if not tests:
        raise Rejected("changes no tests")
    if is_noise_commit(commit) or not any(is_code(change.path) for change in code):
        raise Rejected("changes no code beside tests")
    if len(commit.files) > MOST_FILES or _lines(code) > MOST_LINES or _lines(tests) > MOST_TEST_LINES:
        raise Rejected("too large", f"{len(commit.files)} files, {_lines(code)} lines of code")
    paths = sorted({path for change in commit.files for path in (change.path, change.old_path) if path})
    return Candidate(
        commit,
        code=tuple(path for path in paths if not is_test_path(path)),
        tests=tuple(path for path in paths if is_test_path(path)),
    )


def is_code(path: str) -> bool:
    """Whether a path is source in a language that memcoder reads, and written by hand."""
    ending = "." + path.rpartition(".")[2]
    return ending in LANGUAGES and not is_noise_path(path)


def _lines(changes: list[FileChange]) -> int:
    return sum(change.added + change.deleted for change in changes)
