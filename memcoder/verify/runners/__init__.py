"""The test runners that memcoder knows, and which of them a project uses."""

from memcoder.history.blobs import SIZE_LIMIT
from memcoder.history.repository import Repository
from memcoder.verify.runners import cargo, django, go, javascript, node, pytest, unittest
from memcoder.verify.runners.base import Project, Runner

RUNNERS = (
    django.SUITE,
    django.PROJECT,
    unittest.RUNNER,
    pytest.RUNNER,
    node.RUNNER,
    javascript.VITEST_RUNNER,
    javascript.JEST_RUNNER,
    go.RUNNER,
    cargo.RUNNER,
)
"""Of those that a project's files speak of equally, the first is taken."""
PYTHON = frozenset(runner.name for runner in RUNNERS[:4])
"""Runners of projects in which a pytest file can stand."""


def project_at(repo: Repository, commit: str) -> Project:
    """A commit's files; what they say is data, and larger ones are not read."""

    def read(path: str) -> str:
        data = repo.read(commit, path) or b""
        return data.decode(errors="replace") if len(data) <= SIZE_LIMIT else ""

    return Project(frozenset(repo.files(commit)), read)


def detect(project: Project) -> Runner | None:
    """The runner with most of the project's test files; None where no file speaks of one."""
    found = [runner for runner in RUNNERS if runner.detects(project)]
    return max(found, key=lambda runner: len(runner.test_files(project)), default=None)
