"""Node's own runner: `node --test`, asked for JUnit XML beside what it prints."""

import re
import shlex
from collections.abc import Sequence

from memcoder.verify.runners.base import Project, Runner
from memcoder.verify.runners.javascript import test_script
from memcoder.verify.runners.junit import VARIABLE

COMMAND = "node --test"
USED = re.compile(r"\bnode\s+(?:-\S+\s+)*--test\b(?!-)")
CALLED = re.compile(rf"({USED.pattern})(?=\s|$|[;&|)])(?!.*--test-reporter)")
OPTIONS = (
    "--test-reporter=spec --test-reporter-destination=stdout "
    f'--test-reporter=junit --test-reporter-destination="${VARIABLE}"'
)
"""The JUnit reporter is there from 18.20 on."""


def _select(project: Project, paths: Sequence[str]) -> str:
    return f"{COMMAND} {shlex.join(paths)}"


RUNNER = Runner(
    name="node --test",
    tests=re.compile(r"\.[cm]?js$"),
    detects=lambda project: bool(USED.search(test_script(project))),
    command=lambda project: COMMAND,
    select=_select,
    called=USED,
    ask=lambda command, report: CALLED.sub(rf"\1 {OPTIONS}", command),
    noise=re.compile(r"^\s*[✔▶﹣]|^ℹ "),
)
