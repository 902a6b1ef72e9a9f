"""The places that a failure's message names, whatever the language: frames of a traceback, and the line that says what.

A path here is text from untrusted output: it is shown to a model or a person, and nothing opens it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memcoder.history.kinds import is_test_path

LIBRARY = re.compile(
    r"site-packages|dist-packages|/lib(?:64)?/python|<frozen|<anonymous>|node_modules|\bnode:|/rustc/|\.cargo/registry|"
    r"/go/src/|/go/pkg/mod/"
)
"""Paths of libraries and of runners."""
FORWARD = re.compile(
    r'^[ \t]*File "(?P<quoted>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<name>\S+))?'  # Python's own
    r"|^(?P<path>[^\s:\"'()]+\.\w+):(?P<short>\d+): (?:in (?P<inside>\S+)|\w+$)",  # pytest's short form
    re.M,
)
"""Frames that stand outermost first."""
BACKWARD = re.compile(
    r"^[ \t]*(?:at|❯) (?:(?:async )?(?P<name>[^\s(][^(\n]*?) \(?)?(?P<path>(?:file://)?[^\s:()]+\.\w+):(?P<line>\d+):\d+\)?$"
    r"|^[ \t]*\d+: (?P<symbol>[^\n]+)\n[ \t]+at (?P<file>[^\s:]+\.rs):(?P<number>\d+):\d+$"
    r"|panicked at (?P<rust>[^\s:]+\.rs):(?P<row>\d+):\d+"
    r"|^(?P<call>[\w./*()\[\]]+)\([^\n]*\)\n\t(?P<called>\S+\.go):(?P<position>\d+)"
    r"|^[ \t]*(?P<go>[\w./-]+\.go):(?P<at>\d+)(?::\d+)?: ",
    re.M,
)
"""Frames of JavaScript, Rust and Go, which stand innermost first."""
ERROR_LINE = re.compile(
    r"^(?:[\w.]+(?:Error|Exception|Warning|Interrupt|Exit|Failed|Panic)\b.*|panic: .*|Failed: .*)$", re.M
)
PYTEST_ERROR = re.compile(r"^E\s{1,3}(\S.*)$", re.M)
COMPILER = re.compile(r"^(?:error(?:\[\w+\])?: .*|\S+\.\w+:\d+:\d+: .*|SyntaxError: .*)$", re.M)
CHAINED = re.compile(r"^(?:During handling of the above exception|The above exception was the direct cause).*$", re.M)
HEADING = re.compile(
    r"^(Traceback \(most recent call last\)|stack backtrace|goroutine \d+|● .*|thread '.*panicked at .*|[-=~^]+|"
    r"Traceback:|#\s.*|running \d+ tests?)"
)
"""Lines that begin a failure and say nothing of it."""
COMPARED = (
    re.compile(
        r"^[ \t]*Expected(?:[^:\n]{0,40}): (?P<expected>.+)\n(?:[ \t]*\n)?[ \t]*Received(?:[^:\n]{0,40}): (?P<got>.+)$",
        re.M,
    ),
    re.compile(r"^[ \t]*left: (?P<got>.+)\n[ \t]*right: (?P<expected>.+)$", re.M),
)
"""Lines that say what was expected and what came: jest's, and those of Rust's assertions."""


@dataclass(frozen=True)
class Frame:
    """One place of a traceback; `line` from 1, `function` empty where it is not told."""

    path: str
    line: int
    function: str = ""

    @property
    def own(self) -> bool:
        """Whether it is in the project: its own paths are told from its root, and are no library's."""
        return not (self.path.startswith("/") or LIBRARY.search(self.path))

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" + (f" in {self.function}" if self.function else "")


def frames(message: str) -> list[Frame]:
    """The frames of a message, outermost first."""
    forward = [_forward(match) for match in FORWARD.finditer(message)]
    return forward or [_backward(match) for match in BACKWARD.finditer(message)][::-1]


def deepest(message: str) -> Frame | None:
    """The innermost frame in the project's own code; in its tests only where no other is its own."""
    own = [frame for frame in frames(message) if frame.own]
    code = [frame for frame in own if not is_test_path(frame.path)]
    return next(iter(reversed(code or own)), None)


def error_of(message: str) -> str:
    """The one line that says what went wrong, with what was expected where other lines tell; empty where none does."""
    last = CHAINED.split(message)[-1]
    lines = [line.strip() for line in last.splitlines() if line.strip()]
    errors = ERROR_LINE.findall(last)
    if found := PYTEST_ERROR.search(last):
        line = found[1]
    elif errors:  # Python says it after its frames, the others before
        line = errors[-1] if FORWARD.search(last) else errors[0]
    else:
        line = next((one for one in lines if not HEADING.match(one) and not FORWARD.match(one)), "")
    compared = next((match for pattern in COMPARED if (match := pattern.search(last))), None)
    if compared:
        line += f" (expected {compared['expected'].strip()}, got {compared['got'].strip()})"
    return line.strip()


def compiler_errors(output: str) -> Iterator[str]:
    """Lines of an output in which a compiler or an interpreter says why it did not come to any test."""
    for match in COMPILER.finditer(output):
        yield match[0].strip()


def _forward(match: re.Match[str]) -> Frame:
    return Frame(
        match["quoted"] or match["path"], int(match["line"] or match["short"]), match["name"] or match["inside"] or ""
    )


def _backward(match: re.Match[str]) -> Frame:
    path = match["path"] or match["file"] or match["rust"] or match["called"] or match["go"]
    line = match["line"] or match["number"] or match["row"] or match["position"] or match["at"]
    name = re.split(r"\.|::", (match["name"] or match["symbol"] or match["call"] or "").removesuffix("::{{closure}}"))[
        -1
    ]
    return Frame(path.removeprefix("./"), int(line), name)
