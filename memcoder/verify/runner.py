"""Run a test command in a sandbox and read its outcome, test by test where the runner tells.

A command is asked for a report where it is plain which runner it calls: pytest through the environment, so that any
command that ends in pytest (`make test`, `tox`, a script) is understood, others by an option. Anything else may write
JUnit XML to the file that $MEMCODER_JUNIT names; a command that does not has its exit code alone.
"""

import re
import shlex

from memcoder.errors import MemcoderError
from memcoder.records import CommandResult, TestRun
from memcoder.sandbox.base import Sandbox
from memcoder.sandbox.shell import Kept
from memcoder.verify.runners import RUNNERS, javascript, junit, pytest
from memcoder.verify.runners.base import Reading

READ_LIMIT = 8_000_000
"""Bytes of output that are read for outcomes."""
OUTPUT_LIMIT = 20_000
"""Bytes of it that a run keeps."""
COLOURS = re.compile(r"(?:\x1b|#x1B)\[[\d;?]*[A-Za-z]")
"""As terminals are told them, and as pytest writes them into XML."""
REPORTS = (junit.REPORT, javascript.REPORT)


def run_tests(sandbox: Sandbox, command: str, timeout: float, plugin: str = "") -> TestRun:
    """Run `command` in the repository's root inside the sandbox, at most `timeout` seconds.

    `plugin` is a pytest plugin that the command's Python can import.

    Failing tests carry their message in `TestRun.messages`. A run that was cut off has what it printed and,
    from pytest's faulthandler, the place where it hung.
    """
    here = sandbox.workdir.rstrip("/")
    asked = _asked(sandbox, command, f"{here}/{javascript.REPORT}")
    options = pytest.options(here, timeout) + (f" -p {plugin}" if plugin else "")
    variables = {"PYTEST_ADDOPTS": options, junit.VARIABLE: f"{here}/{junit.REPORT}", "NO_COLOR": "1"}
    for runner in RUNNERS:
        variables |= runner.environment
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    # In parentheses, because the shell lives on: a `cd` or `exit` of the command must not be there for the next one.
    inside = f"cd {shlex.quote(sandbox.workdir)}; rm -f {' '.join(REPORTS)}; export {exports}\n{asked}"
    result = sandbox.run(f"(\n{inside}\n)", timeout, READ_LIMIT)
    return _outcome(sandbox, command, result, here)


def _outcome(sandbox: Sandbox, command: str, result: CommandResult, here: str) -> TestRun:
    output = _plain(result.output, here)
    reading = _read(sandbox, command, output, here).bounded()
    kept = Kept(OUTPUT_LIMIT)
    kept.add((output if reading.output is None else reading.output).encode(errors="replace"))
    return TestRun(
        command=command,
        exit_code=result.exit_code,
        tests=reading.tests,
        messages=reading.messages,
        file_seconds=reading.seconds,
        output=kept.text(),
        seconds=result.seconds,
        timed_out=result.timed_out,
    )


def _asked(sandbox: Sandbox, command: str, report: str) -> str:
    """The command with what makes it tell each test's outcome, where it is plain what it calls."""
    for runner in RUNNERS:
        command = runner.ask(command, report)
    if javascript.SCRIPT.match(command):
        manifest = _file(sandbox, javascript.MANIFEST).decode(errors="replace")
        command = javascript.by_script(command, manifest, report)
    return command


def _read(sandbox: Sandbox, command: str, output: str, here: str) -> Reading:
    """What the reports tell; else what the output of the called runners tells; else of any."""
    written = [_plain(_file(sandbox, path).decode(errors="replace"), here) for path in REPORTS]
    sandbox.run(f"( cd {shlex.quote(sandbox.workdir)}; rm -f {' '.join(REPORTS)} )", 10)
    found = junit.parse_junit(written[0].encode()) | javascript.parse_json_report(written[1].encode())
    called = [runner for runner in RUNNERS if runner.called.search(command)]
    for runner in called:
        found |= runner.read_output(output)
    if not found.tests:
        readings = (runner.read_output(output) for runner in RUNNERS if runner not in called)
        found = next((reading for reading in readings if reading.tests), found)
    return found


def _file(sandbox: Sandbox, path: str) -> bytes:
    try:
        return sandbox.read(path)
    except (MemcoderError, FileNotFoundError):
        return b""


def _plain(text: str, here: str) -> str:
    """Without colours, and with paths from the root.

    The root's own name differs from one sandbox to the next, and with it would the prompts.
    """
    return COLOURS.sub("", text).replace(f"file://{here}/", "").replace(f"{here}/", "")
