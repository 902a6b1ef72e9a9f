"""A short diagnosis of a failed test run, instead of a log: what failed, where, and what changed.

The first line tells the failure by itself: it is all that a list of attempts shows.
"""

import re

from memcoder.records import TestRun
from memcoder.verify.frames import LIBRARY, compiler_errors, deepest, error_of, frames
from memcoder.verify.progress import changed
from memcoder.verify.runners import RUNNERS

HANG = re.compile(r'File "([^"]+)", line (\d+) in (\w+)')
MACHINERY = re.compile(
    r"^\s*(\d+: |Traceback \(most recent|stack backtrace:|note: |goroutine \d+|testing\.|panic\("
    r"|created by |at new Promise )|^\s*[~^]+\s*$"
)
"""Lines of a traceback that say nothing of the project: Rust's symbols, Go's runtime, Python's underlines."""
ESSENCE_LINES = 16
TAIL_LINES = 20
COMPILER_LINES = 4
NOT_FOUND = (126, 127)
"""Exit codes of a shell that could not start the command."""


def diagnose(run: TestRun, *, limit: int = 700, earlier: TestRun | None = None, circle: str = "") -> str:
    """At most `limit` characters a small model can read; empty where the run passed.

    The most telling failure is the shortest one: it has the least input to understand. `earlier` is the run that this
    one is compared with; `circle` is what `Trail.follow` says of the attempt.
    """
    if run.passed:
        return ""
    if run.timed_out:
        told = _hang(run)
    elif run.messages:
        told = _failure(run)
    else:
        told = _no_messages(run)
    more = " ".join(filter(None, (circle, changed(earlier, run) if earlier else "")))
    if not more:
        return told[:limit]
    more = more[: limit // 2]
    return f"{told[: limit - len(more) - 1].rstrip()}\n{more}"


def raw_log(run: TestRun, limit: int) -> str:
    """The last `limit` characters that the run printed, as they came; empty where it passed."""
    return "" if run.passed else run.output.strip()[-limit:]


def _failure(run: TestRun) -> str:
    name = min(run.messages, key=lambda test: len(run.messages[test]))
    message = run.messages[name]
    count = len(run.failing)
    error, place = error_of(message), deepest(message)
    head = f"{count} of {len(run.tests)} tests fail{'s' if count == 1 else ''}. {name}: {error}"
    where = f"It fails at {place}." if place else ""
    return "\n".join(filter(None, (head, where, _essence(message, error))))


def _essence(message: str, error: str) -> str:
    """A traceback without its test runner's frames, and without the error that was told already."""
    lines = [line.rstrip() for line in message.splitlines() if line.strip() and _tells(line)]
    seen: list[str] = []
    for line in lines:
        if line.strip() != error and line not in seen[-4:]:  # deep recursion repeats itself
            seen.append(line)
    if len(seen) > ESSENCE_LINES:
        seen = [*seen[:6], "...", *seen[-9:]]
    return "\n".join(seen)


def _tells(line: str) -> bool:
    return not (LIBRARY.search(line) or MACHINERY.match(line) or any(not place.own for place in frames(line)))


def _hang(run: TestRun) -> str:
    places = [f"{path}:{line} in {name}" for path, line, name in HANG.findall(run.output) if not LIBRARY.search(path)]
    where = f" It was at {'; called from '.join(places[:3])}." if places else ""
    return f"The tests did not end within {run.seconds:.0f} s: an endless loop, or far too slow.{where}"


def _no_messages(run: TestRun) -> str:
    if run.exit_code in NOT_FOUND:
        return f"The test command could not be started (exit {run.exit_code}): {_tail(run, 300)}"
    errors = list(dict.fromkeys(compiler_errors(run.output)))[:COMPILER_LINES]
    if errors and not run.tests:
        return f"No test was run: {errors[0]}\n" + "\n".join([*errors[1:], _tail(run, 400)])
    return _tail(run, 700)


def _tail(run: TestRun, most: int) -> str:
    noise = [runner.noise for runner in RUNNERS if runner.called.search(run.command)]
    lines = [line for line in run.output.splitlines() if line.strip() and not any(one.search(line) for one in noise)]
    return "\n".join(lines[-TAIL_LINES:])[-most:]
