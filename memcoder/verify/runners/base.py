"""What a test runner is to memcoder: how it is detected, called and read. One small file a runner stands beside this.

Whatever a project's files or a runner's output say is untrusted: it is read up to a size, and a path in it is shown
and compared, never opened.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from memcoder.history.kinds import is_test_path
from memcoder.records import Outcome

MESSAGE_LIMIT = 8_000
"""Characters of one failing test's message that are kept, from its beginning and its end."""
MESSAGES_LIMIT = 400_000
"""Characters of all messages of a run."""
NAME_LIMIT = 500
"""Characters of a test's id."""
REPORT_LIMIT = 8_000_000
"""Bytes of a report; a longer one counts as none."""
NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Project:
    """The files of a commit, as far as they tell which runner the project uses."""

    files: frozenset[str]
    read: Callable[[str], str]
    """A file's text; empty where there is none, or more than is worth reading."""

    def mentions(self, pattern: re.Pattern[str], *paths: str) -> bool:
        """Whether one of the files that are there matches."""
        return any(pattern.search(self.read(path)) for path in paths if path in self.files)


@dataclass(frozen=True)
class Reading:
    """What a runner's report or output tells, test by test."""

    tests: dict[str, Outcome] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    """What a failing test said, by the same id."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds by test file (Go: by package), where the runner tells."""
    output: str | None = None
    """The output as a person would have seen it, where the runner was asked for another form."""

    def __or__(self, other: "Reading") -> "Reading":
        return Reading(
            self.tests | other.tests,
            self.messages | other.messages,
            {path: self.seconds.get(path, 0) + other.seconds.get(path, 0) for path in self.seconds | other.seconds},
            other.output if self.output is None else self.output,
        )

    def bounded(self) -> "Reading":
        """The same with long ids and messages cut, and no more messages than a log should hold."""
        messages: dict[str, str] = {}
        left = MESSAGES_LIMIT
        for name, message in self.messages.items():
            if left <= 0:
                break
            messages[name[:NAME_LIMIT]] = short = shortened(message.strip(), MESSAGE_LIMIT)
            left -= len(short)
        tests = {name[:NAME_LIMIT]: outcome for name, outcome in self.tests.items()}
        return Reading(tests, messages, self.seconds, self.output)


Read = Callable[[str], Reading]


def _same(command: str, report: str) -> str:
    return command


def _nothing(text: str) -> Reading:
    return Reading()


@dataclass(frozen=True)
class Runner:
    """A test runner as data."""

    name: str
    tests: re.Pattern[str]
    """The paths of its test files, among those that are tests by custom."""
    detects: Callable[[Project], bool]
    """Whether a project's files say that it uses this runner."""
    command: Callable[[Project], str]
    """Runs the whole suite from the repository's root."""
    select: Callable[[Project, Sequence[str]], str]
    """Runs the given test files alone; paths are quoted for a shell."""
    called: re.Pattern[str] = NEVER
    """How a command calls it."""
    ask: Callable[[str, str], str] = _same
    """The command, asked to tell each test's outcome: (command, path of the JSON report) → command."""
    read_output: Read = _nothing
    """Reads its output, for runners that write no report."""
    noise: re.Pattern[str] = NEVER
    """Lines of its output that say nothing about a failure."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def test_files(self, project: Project) -> list[str]:
        """The project's test files that this runner would run, in order."""
        return sorted(path for path in project.files if self.is_test(path))

    def is_test(self, path: str) -> bool:
        """Whether a path is one of its test files."""
        return is_test_path(path) and bool(self.tests.search(path))


def shortened(text: str, most: int) -> str:
    """The beginning and the end of a text, at most so many characters."""
    if len(text) <= most:
        return text
    half = max(0, (most - 5) // 2)
    return f"{text[:half]}\n...\n{text[len(text) - half :]}"
