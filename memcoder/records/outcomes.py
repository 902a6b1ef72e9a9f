"""Commands and tests that ran, and what they show."""

from typing import Literal

from pydantic import Field

from memcoder.records.base import Record

Outcome = Literal["passed", "failed", "error", "skipped"]


class CommandResult(Record):
    """One command in a sandbox."""

    exit_code: int
    """124 where it ran past its time limit."""
    output: str
    """stdout and stderr as they came, cut in the middle past the sandbox's limit."""
    seconds: float
    timed_out: bool = False


class TestRun(Record):
    """A test command's outcome, test by test where the runner tells."""

    __test__ = False  # not a pytest class

    command: str
    exit_code: int
    tests: dict[str, Outcome] = Field(default_factory=dict)
    messages: dict[str, str] = Field(default_factory=dict)
    """What a failing test said, by the same id."""
    file_seconds: dict[str, float] = Field(default_factory=dict)
    """Seconds by test file (Go: by package), where the runner tells."""
    output: str = ""
    seconds: float = 0.0
    timed_out: bool = False

    @property
    def passed(self) -> bool:
        return self.exit_code == 0 and not self.timed_out

    @property
    def failing(self) -> tuple[str, ...]:
        """Ids of the tests that failed or could not run."""
        return tuple(name for name, outcome in self.tests.items() if outcome in ("failed", "error"))


class Comparison(Record):
    """Every test sorted by what happened to it between base and patch."""

    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    unchanged: int = 0
