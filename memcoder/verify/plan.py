"""Which tests decide: the user's command, or the project's own suite; with a reproduction where one was written."""

from pydantic import Field

from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.records import Record

PYTEST_SIGNS = ("pytest.ini", "conftest.py", "tests/conftest.py")


class TestPlan(Record):
    """A command, and files that are put beside the code before it runs (never part of the patch)."""

    __test__ = False  # not a pytest class

    command: str
    files: dict[str, str] = Field(default_factory=dict)
    origin: str = "given"
    """`given` by the user, `suite` (the project's own), `reproduction` (and the suite)."""


def suite_plan(repo: Repository, commit: str) -> TestPlan | None:
    """The project's own test command as its files show it; None where there are no tests to be seen."""
    files = set(repo.files(commit))
    tests = [path for path in files if is_test_path(path) and path.endswith(".py")]
    if tests or files & set(PYTEST_SIGNS):
        return TestPlan(command="python -m pytest -q", origin="suite")
    return None
