"""Which tests decide: the user's command, or the project's own suite; with a reproduction where one was written."""

import shlex
from collections.abc import Sequence

from pydantic import Field

from memcoder.history.repository import Repository
from memcoder.records import Record
from memcoder.verify.runners import detect, project_at, pytest
from memcoder.verify.runners.base import Project, Runner


class TestPlan(Record):
    """A command, and files that are put beside the code before it runs (never part of the patch)."""

    __test__ = False  # not a pytest class

    command: str
    files: dict[str, str] = Field(default_factory=dict)
    origin: str = "given"
    """`given` by the user, `suite` (the project's own), `reproduction` (and the suite)."""
    runner: str = ""
    """Name of the project's runner, where the command is memcoder's own."""
    test_files: int = 0
    """Test files that the command runs; 0 where they were not counted."""
    left_out: int = 0
    """Test files of the project that it does not run, because they would take too long."""


def suite_plan(repo: Repository, commit: str) -> TestPlan | None:
    """The project's own test command as its files show it; None where there are no tests to be seen."""
    project = project_at(repo, commit)
    runner = detect(project)
    return None if runner is None else plan_of(runner, project, runner.test_files(project), left_out=0)


def plan_of(runner: Runner, project: Project, paths: Sequence[str], left_out: int) -> TestPlan:
    """The plan that runs these test files; the runner's own command where none is left out."""
    command = runner.select(project, paths) if left_out else runner.command(project)
    return TestPlan(command=command, origin="suite", runner=runner.name, test_files=len(paths), left_out=left_out)


def with_reproduction(suite: TestPlan | None, path: str, source: str) -> TestPlan:
    """The plan with a reproduction, a pytest file at `path`, that runs beside it."""
    alone = f"{pytest.COMMAND} {shlex.quote(path)}"
    if suite is None:
        return TestPlan(command=alone, files={path: source}, origin="reproduction", runner=pytest.RUNNER.name)
    if suite.runner != pytest.RUNNER.name:
        command = f"{alone}; reproduced=$?; ( {suite.command} ) && [ $reproduced = 0 ]"
    else:
        command = f"{suite.command} {shlex.quote(path)}" if suite.left_out else suite.command
    return suite.model_copy(update={"command": command, "files": {path: source}, "origin": "reproduction"})
