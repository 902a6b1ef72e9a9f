"""Run a test command in a sandbox and read its outcome, test by test where the runner tells.

pytest is asked for JUnit XML through the environment (PYTEST_ADDOPTS), so that any command that ends in
pytest (`make test`, `tox`, a script) is understood; unittest's verbose lines are parsed; anything else has
its exit code alone.
"""

import re
import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from memcoder.errors import MemcoderError
from memcoder.records import Outcome, TestRun
from memcoder.sandbox.base import Sandbox

REPORT = ".memcoder-junit.xml"
REPORT_LIMIT = 8_000_000
UNITTEST_LINE = re.compile(r"^(\w+) \(([\w.]+)\)(?:\n.*?)? \.\.\. (ok|FAIL|ERROR|skipped|expected failure)", re.M)
UNITTEST_OUTCOMES: dict[str, Outcome] = {
    "ok": "passed",
    "FAIL": "failed",
    "ERROR": "error",
    "skipped": "skipped",
    "expected failure": "passed",
}


def run_tests(sandbox: Sandbox, command: str, timeout: float, plugin: str = "") -> TestRun:
    """Run `command` in the repository's root inside the sandbox, at most `timeout` seconds.

    `plugin` is a pytest plugin that the command's Python can import.

    Failing tests carry their message in `TestRun.messages`. A run that was cut off has what it printed and,
    from pytest's faulthandler, the place where it hung.
    """
    options = _pytest_options(sandbox.workdir, timeout) + (f" -p {plugin}" if plugin else "")
    # In parentheses, because the shell lives on: a `cd` or `exit` of the command must not be there for the next one.
    inside = (
        f"cd {shlex.quote(sandbox.workdir)}; rm -f {REPORT}; export PYTEST_ADDOPTS={shlex.quote(options)}\n{command}"
    )
    result = sandbox.run(f"(\n{inside}\n)", timeout)
    # Paths from the root: the folder's own name differs from one sandbox to the next, and with it would the prompts.
    here = f"{sandbox.workdir.rstrip('/')}/"
    output = result.output.replace(here, "")
    tests, messages = _read_report(sandbox)
    messages = {test: message.replace(here, "") for test, message in messages.items()}
    if not tests:
        tests = dict(_unittest_lines(output))
    return TestRun(
        command=command,
        exit_code=result.exit_code,
        tests=tests,
        messages=messages,
        output=output,
        seconds=result.seconds,
        timed_out=result.timed_out,
    )


def _pytest_options(root: str, timeout: float) -> str:
    """Short tracebacks, a report to read, no cache left behind, and a stack dump shortly before the limit."""
    dump_after = max(1.0, timeout * 0.7)
    report = f"--junitxml={shlex.quote(f'{root}/{REPORT}')} -o junit_family=xunit1"
    return f"{report} --tb=short -p no:cacheprovider -o faulthandler_timeout={dump_after:.1f}"


def _read_report(sandbox: Sandbox) -> tuple[dict[str, Outcome], dict[str, str]]:
    try:
        text = sandbox.read(REPORT)
    except (MemcoderError, FileNotFoundError):
        return {}, {}
    sandbox.run(f"rm -f {REPORT}", 10)
    return parse_junit(text)


def parse_junit(text: bytes) -> tuple[dict[str, Outcome], dict[str, str]]:
    """Outcomes and failure messages by test id (`path::name` or `class::name`), from JUnit XML.

    The report comes from untrusted code: oversized or malformed XML counts as no report.
    """
    if len(text) > REPORT_LIMIT or b"<!ENTITY" in text:
        return {}, {}
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError:
        return {}, {}
    outcomes: dict[str, Outcome] = {}
    messages: dict[str, str] = {}
    for case in root.iter("testcase"):
        name = f"{case.get('file') or case.get('classname') or ''}::{case.get('name') or ''}".removeprefix("::")
        outcome, message = _outcome(case)
        outcomes[name] = outcome
        if message:
            messages[name] = message
    return outcomes, messages


def _outcome(case: ElementTree.Element) -> tuple[Outcome, str]:
    for tag, outcome in (("failure", "failed"), ("error", "error"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            body = (found.text or "").strip() if outcome != "skipped" else ""
            return outcome, body or (found.get("message") or "" if outcome != "skipped" else "")  # type: ignore[return-value]
    return "passed", ""


def _unittest_lines(output: str) -> Iterator[tuple[str, Outcome]]:
    for name, where, word in UNITTEST_LINE.findall(output):
        yield f"{where}::{name}", UNITTEST_OUTCOMES[word]
