"""unittest, by its verbose lines; Django's runners print the same ones."""

import re
import shlex
from collections.abc import Iterator, Sequence

from memcoder.records import Outcome
from memcoder.verify.runners.base import Project, Reading, Runner

CALLED = re.compile(r"(-m unittest(?:\s+discover)?)(?=\s|$)(?!.*\s(?:-v|--verbose)\b)")
USED = re.compile(r"-m\s+unittest\b")
CONFIGURATION = ("tox.ini", "Makefile", "setup.cfg", "noxfile.py", ".travis.yml", "pyproject.toml", "README.md")
OUTCOMES: dict[str, Outcome] = {
    "ok": "passed",
    "FAIL": "failed",
    "ERROR": "error",
    "skipped": "skipped",
    "expected failure": "passed",
    "unexpected success": "failed",
}
WORD = "|".join(OUTCOMES)
NAMED = re.compile(r"^\s*(\w+) \(([\w.<>]+)\)")
"""`test_total (tests.test_cart.CartTests.test_total)`; before Python 3.11 without the name again at the end."""
TOLD = re.compile(rf"\.\.\. ({WORD})(?: ['\"].*)?$")
ALONE = re.compile(rf"^({WORD})(?: ['\"].*)?$")
"""The outcome on a line of its own, after what the test printed."""
BLOCK = re.compile(r"^={60,}\n(ERROR|FAIL|UNEXPECTED SUCCESS): (\w+) \(([\w.<>]+)\)(.*)\n", re.M)
END = re.compile(r"^(?:={60,}$|-{60,}\nRan \d+ tests?)", re.M)


def read_unittest(output: str) -> Reading:
    """Outcomes by `module.Class::test`, and the messages of those that failed; subtests count for their test."""
    tests = dict(_outcomes(output))
    messages: dict[str, str] = {}
    for match in BLOCK.finditer(output):
        name = _id(match[2], match[3])
        tests[name] = "error" if match[1] == "ERROR" else "failed"
        end = END.search(output, match.end())
        text = output[match.end() : end.start() if end else len(output)].strip().lstrip("-").strip()
        messages.setdefault(name, text or match[1].lower())
    return Reading(tests, messages)


def _outcomes(output: str) -> Iterator[tuple[str, Outcome]]:
    pending = ""
    for line in output.splitlines():
        if named := NAMED.match(line):
            pending = _id(named[1], named[2])
        told = TOLD.search(line) or (ALONE.match(line) if pending else None)
        if told and pending:
            yield pending, OUTCOMES[told[1]]
            pending = ""


def _id(name: str, where: str) -> str:
    return f"{where.removesuffix(f'.{name}')}::{name}"


def _command(project: Project) -> str:
    at_top = any(path.startswith("tests/") for path in project.files) and "tests/__init__.py" not in project.files
    return "python -m unittest discover -s tests" if at_top else "python -m unittest discover"


def _select(project: Project, paths: Sequence[str]) -> str:
    return f"python -m unittest {shlex.join(paths)}"


def _detects(project: Project) -> bool:
    """Only where the project itself says so: pytest runs unittest's tests as well, and tells more."""
    mentions_pytest = project.mentions(re.compile("pytest"), *CONFIGURATION, "requirements-dev.txt", "conftest.py")
    return project.mentions(USED, *CONFIGURATION) and not mentions_pytest


RUNNER = Runner(
    name="unittest",
    tests=re.compile(r"(^|/)test[^/]*\.py$"),
    detects=_detects,
    command=_command,
    select=_select,
    called=USED,
    ask=lambda command, report: CALLED.sub(r"\1 -v", command),
    read_output=read_unittest,
    noise=re.compile(r"^[.FEsxu]+$|^[-=]{60,}$|^Ran \d+ tests? in |\.\.\. (ok|skipped .*)$"),
)
