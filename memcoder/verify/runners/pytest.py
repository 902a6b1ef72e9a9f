"""pytest: asked for JUnit XML through PYTEST_ADDOPTS, so that whatever ends in pytest (`make test`, `tox`) is read."""

import re
import shlex
from collections.abc import Sequence

from memcoder.history.kinds import is_test_path
from memcoder.verify.runners.base import Project, Runner
from memcoder.verify.runners.junit import REPORT

SIGNS = frozenset(("pytest.ini", "conftest.py", "tests/conftest.py"))
COMMAND = "python -m pytest -q"
HANGS = 0.7
"""Part of the time limit after which pytest prints where it is."""


def options(root: str, timeout: float) -> str:
    """Short tracebacks, no colours, a report to read, no cache left behind, a stack dump shortly before the limit.

    One file that cannot be imported does not keep the others from being run.
    """
    dump_after = max(1.0, timeout * HANGS)
    report = f"--junitxml={shlex.quote(f'{root}/{REPORT}')} -o junit_family=xunit1"
    ways = "--tb=short --color=no --continue-on-collection-errors -p no:cacheprovider"
    return f"{report} {ways} -o faulthandler_timeout={dump_after:.1f}"


def _select(project: Project, paths: Sequence[str]) -> str:
    return f"{COMMAND} {shlex.join(paths)}"


def _detects(project: Project) -> bool:
    return bool(project.files & SIGNS) or any(path.endswith(".py") and is_test_path(path) for path in project.files)


RUNNER = Runner(
    name="pytest",
    tests=re.compile(r"(^|/)test[^/]*\.py$|_test\.py$"),
    detects=_detects,
    command=lambda project: COMMAND,
    select=_select,
    called=re.compile(r"\bpytest\b|\bpy\.test\b"),
    noise=re.compile(
        r"^=+ (test session starts|FAILURES|ERRORS|short test summary info) =+$|^[.FEsxX]+\s+\[\s*\d+%\]$|"
        r"^(platform|rootdir|plugins|cachedir|configfile|collected)\b|^-+ generated xml file: "
    ),
)
