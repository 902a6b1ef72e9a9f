"""Django: its own suite by tests/runtests.py, a project's by manage.py test. Both print unittest's lines at level 2."""

import re
import shlex
from collections.abc import Sequence

from memcoder.verify.runners.base import Project, Runner
from memcoder.verify.runners.unittest import RUNNER as UNITTEST
from memcoder.verify.runners.unittest import read_unittest

RUNTESTS = "python tests/runtests.py --settings=test_sqlite --parallel 1"
CALLED = re.compile(
    r"(\bruntests\.py|\bmanage\.py test|\bdjango-admin test|\bdjango test)(?=\s|$)(?!.*\s(?:-v|--verb))"
)
BY_PYTEST = re.compile(r"DJANGO_SETTINGS_MODULE|pytest-django")
"""A project that has set up pytest-django is run by pytest."""


def _manage(project: Project) -> str:
    """The uppermost manage.py of Django; empty where there is none."""
    found = [path for path in project.files if path.rpartition("/")[2] == "manage.py" and path.count("/") < 3]
    named = [path for path in found if "django" in project.read(path).lower()]
    return min(named, key=lambda path: (path.count("/"), path), default="")


def _detects_project(project: Project) -> bool:
    configured = project.mentions(BY_PYTEST, "pytest.ini", "setup.cfg", "tox.ini", "pyproject.toml")
    return not configured and bool(_manage(project))


def _call(project: Project) -> str:
    folder = _manage(project).rpartition("/")[0]
    return (f"cd {shlex.quote(folder)} && " if folder else "") + "python manage.py test --noinput"


def _labels(paths: Sequence[str], root: str) -> str:
    """Paths below a folder as dotted names, which both runners take."""
    inside = [path.removeprefix(root) for path in paths if path.startswith(root)]
    return shlex.join(path.removesuffix(".py").replace("/", ".") for path in inside)


def _select(project: Project, paths: Sequence[str]) -> str:
    root = _manage(project).removesuffix("manage.py")
    return f"{_call(project)} {_labels(paths, root)}"


def _runner(name: str, **more: object) -> Runner:
    return Runner(
        name=name,
        tests=re.compile(r"(^|/)test[^/]*\.py$"),
        called=CALLED,
        ask=lambda command, report: CALLED.sub(r"\1 -v 2", command),
        read_output=read_unittest,
        noise=UNITTEST.noise,
        **more,  # type: ignore[arg-type]
    )


SUITE = _runner(
    "django's runtests",
    detects=lambda project: {"tests/runtests.py", "django/__init__.py"} <= project.files,
    command=lambda project: RUNTESTS,
    select=lambda project, paths: f"{RUNTESTS} {_labels(paths, 'tests/')}",
)
PROJECT = _runner("manage.py test", detects=_detects_project, command=_call, select=_select)
