"""A task in SWE-bench's schema (Jimenez et al., ICLR 2024), with what is needed to run and to grade it."""

from typing import Any

from pydantic import ConfigDict, Field

from memcoder.config import Recipe
from memcoder.records import Record
from memcoder.sandbox.base import diff_paths


class ProvenTask(Record):
    """One commit of the past as a task; its line in a dataset is `row()`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    instance_id: str
    """`owner__name-HASH`: the first digits of the fix's own hash, which nothing in a sandbox knows."""
    repo: str
    """`owner/name`."""
    base_commit: str
    """The fix's parent."""
    problem_statement: str
    """The issue's text, or what the commit message says, without what gives the fix away."""
    patch: str
    """What the fix changed, its tests left out."""
    test_patch: str
    """What it changed in tests."""
    hints_text: str = ""
    created_at: str = ""
    """When the fix was committed, in ISO 8601."""
    issue_numbers: tuple[int, ...] = ()
    """Issues and pull requests that the commit names: recall leaves out what names them, and nobody is shown them."""
    version: str = ""
    """The nearest tag below the base commit; empty where there is none."""
    environment_setup_commit: str = ""
    fail_to_pass: tuple[str, ...] = Field(default=(), alias="FAIL_TO_PASS")
    """Tests that fail, or are not there, without the patch, and pass with it."""
    pass_to_pass: tuple[str, ...] = Field(default=(), alias="PASS_TO_PASS")
    """Tests that pass without it and with it."""
    test_cmd: str = ""
    """Runs the test files of `test_patch`."""
    runner: str = ""
    """Which of memcoder's runners reads its outcome."""
    recipe: Recipe = Recipe()
    """How the environment was built; an empty one: as the project's own manifests say."""

    @property
    def test_files(self) -> tuple[str, ...]:
        """The files that grading puts in place, whatever a patch does to them."""
        return tuple(diff_paths(self.test_patch))

    def row(self) -> dict[str, Any]:
        """The task as a line of a dataset."""
        return self.model_dump(mode="json", by_alias=True)
