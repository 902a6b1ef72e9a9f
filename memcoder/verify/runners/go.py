"""go test, by its JSON events (cmd/test2json); the output that a person would have seen is put together again."""

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from memcoder.records import Outcome
from memcoder.verify.runners.base import Project, Reading, Runner

CALLED = re.compile(r"(\bgo test)(?=\s|$)(?!.*\s-json\b)")
OUTCOMES: dict[str, Outcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
FRAME = re.compile(r"^\s*(=== (RUN|PAUSE|CONT|NAME)\b|--- (PASS|FAIL|SKIP): )")
"""Lines that only say where a test begins or how it ended."""


def read_go(output: str) -> Reading:
    """Outcomes by `package::Test/subtest`; a package that could not be built or run is one test that is in error.

    A test that had begun when its package broke down has the outcome that the events give it; those after it are gone.
    """
    tests: dict[str, Outcome] = {}
    said: dict[str, list[str]] = defaultdict(list)
    seconds: dict[str, float] = {}
    shown: list[str] = []
    for event, line in _events(output):
        package = str(event.get("Package") or str(event.get("ImportPath") or "").partition(" ")[0])
        name = "::".join(filter(None, (package, str(event.get("Test") or ""))))
        text, action = str(event.get("Output") or ""), str(event.get("Action"))
        shown.append(text if event else line)
        if text and not FRAME.match(text):
            said[name].append(text)
        if action in OUTCOMES and event.get("Test"):
            tests[name] = OUTCOMES[action]
        elif action in OUTCOMES and package:
            seconds[package] = _seconds(event)
            if action == "fail" and not any(one.startswith(f"{package}::") for one in tests):
                tests[package] = "error"
    if not tests:
        return Reading()
    messages = {name: "".join(said[name]) for name in tests if tests[name] in ("failed", "error") and said[name]}
    return Reading(tests, messages, seconds, "".join(shown))


def _events(output: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each line as an event; one that is none, as the compiler's, as an empty one with its text."""
    for line in output.splitlines(keepends=True):
        try:
            event = json.loads(line) if line.startswith("{") else None
        except (ValueError, RecursionError):
            event = None
        yield (event, line) if isinstance(event, dict) and "Action" in event else ({}, line)


def _seconds(event: dict[str, Any]) -> float:
    elapsed = event.get("Elapsed")
    return max(0.0, float(elapsed)) if isinstance(elapsed, int | float) else 0.0


def _select(project: Project, paths: Sequence[str]) -> str:
    folders = dict.fromkeys(f"./{path.rpartition('/')[0]}".rstrip("/") for path in paths)
    return f"go test {shlex.join(folders)}"


RUNNER = Runner(
    name="go test",
    tests=re.compile(r"_test\.go$"),
    detects=lambda project: "go.mod" in project.files,
    command=lambda project: "go test ./...",
    select=_select,
    called=re.compile(r"\bgo test\b"),
    ask=lambda command, report: CALLED.sub(r"\1 -json", command),
    read_output=read_go,
    noise=re.compile(rf"{FRAME.pattern}|^(ok|\?)\s+\S+\s|^go: downloading "),
)
