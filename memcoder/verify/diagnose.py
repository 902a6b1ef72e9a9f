"""A short diagnosis of a failed test run, instead of a log: what failed, where, and how many."""

import re

from memcoder.records import TestRun

HANG = re.compile(r'File "([^"]+)", line (\d+) in (\w+)')
LIBRARY = re.compile(r"site-packages|/lib/python|<frozen")


def diagnose(run: TestRun, *, limit: int = 700) -> str:
    """At most `limit` characters a small model can read; empty where the run passed.

    The most telling failure is the shortest one: it has the least input to understand.
    """
    if run.passed:
        return ""
    if run.timed_out:
        return _hang(run)[:limit]
    if not run.messages:
        return tail(run.output, limit)
    name = min(run.messages, key=lambda test: len(run.messages[test]))
    counts = f"{len(run.failing)} of {len(run.tests)} tests fail."
    return f"{counts} {name}:\n{_essence(run.messages[name])}"[:limit]


def _essence(message: str) -> str:
    """A traceback without its test runner's frames: the project's own places, and the error lines."""
    lines = [line.rstrip() for line in message.splitlines() if line.strip() and not LIBRARY.search(line)]
    seen: list[str] = []
    for line in lines:
        if line not in seen[-4:]:  # deep recursion repeats itself
            seen.append(line)
    if len(seen) > 16:
        seen = [*seen[:6], "...", *seen[-9:]]
    return "\n".join(seen)


def _hang(run: TestRun) -> str:
    places = [f"{path}:{line} in {name}" for path, line, name in HANG.findall(run.output) if not LIBRARY.search(path)]
    where = f" It was at {'; called from '.join(places[:3])}." if places else ""
    return f"The tests did not end within {run.seconds:.0f} s: an endless loop, or far too slow.{where}"


def tail(output: str, limit: int, lines: int = 20) -> str:
    """The end of an output, at most so many characters and lines; blank lines are left out."""
    return "\n".join([line for line in output.splitlines() if line.strip()][-lines:])[-limit:]
