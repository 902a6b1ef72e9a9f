"""Python: requirement files, the project itself, and what its tests ask for."""

import shlex

from memcoder.sandbox.recipes.plan import Plan, Step
from memcoder.sandbox.recipes.project import Project
from memcoder.sandbox.recipes.requirements import package_tests, requirement_lines

MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "tox.ini")
TEST_FILES = (
    *(f"requirements-{name}.txt" for name in ("dev", "test", "tests", "testing")),
    *(f"{name}-requirements.txt" for name in ("dev", "test", "tests")),
    *(f"requirements_{name}.txt" for name in ("dev", "test", "tests")),
    *(f"requirements/{name}.txt" for name in ("test", "tests", "testing", "dev", "development")),
    "test/requirements.txt",
    "tests/requirements.txt",
    "tests/requirements/py3.txt",
)
PIP = "/opt/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input"
LEFT_OUT = "memcoder: left out: "
"""How a step that goes on without something says so."""


def plan(project: Project) -> Plan:
    """What a run needs must install; what only tests need is installed as far as it can be."""
    steps = []
    if "requirements.txt" in project.names:
        steps.append(_step(project, "requirements.txt", f"{PIP} -r requirements.txt"))
    source = _package_source(project)
    if source:
        steps.append(_step(project, source, f"{PIP} -e ."))
    named = [path for path in TEST_FILES if path in project.names]
    for path in named:
        lines = requirement_lines(project, path)
        steps.append(_step(project, path, _as_far_as_possible(f"-r {shlex.quote(path)}", lines), needed=False))
    for path, lines in package_tests(project, with_tox=not named).items():
        steps.append(_step(project, path, _as_far_as_possible(_words(lines), lines), needed=False))
    included = (name for path in ("requirements.txt", *named) for name in _included(project, path))
    files = project.present(*dict.fromkeys((*MANIFESTS, *TEST_FILES, *included)))
    return Plan(kinds=("python",), steps=tuple(steps), files=files)


def _step(project: Project, path: str, command: str, needed: bool = True) -> Step:
    return Step(command=f"cd {shlex.quote(project.place)} && {command}", because=project.full(path), needed=needed)


def _package_source(project: Project) -> str:
    """The file that makes the project a package; a pyproject.toml that only configures tools makes none."""
    text = project.read("pyproject.toml")
    if "[project]" in text or "[tool.poetry]" in text:
        return "pyproject.toml"
    return "setup.py" if "setup.py" in project.names else ""


def _as_far_as_possible(whole: str, each: list[str]) -> str:
    """All at once; where that fails, one by one, so that one that does not build takes no other with it."""
    if not each:
        return f"{PIP} {whole}"
    one = f'{PIP} "$one" || echo "{LEFT_OUT}$one"'
    return f"{PIP} {whole} || for one in {_words(each)}; do {one}; done"


def _words(lines: list[str]) -> str:
    return " ".join(shlex.quote(line) for line in lines)


def _included(project: Project, path: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """The requirement files that a requirement file includes, however deep."""
    found: list[str] = []
    folder = path.rpartition("/")[0]
    for line in project.read(path).splitlines():
        words = line.split("#")[0].replace("=", " ", 1).split() if line.lstrip().startswith("-") else []
        if len(words) == 2 and words[0] in ("-r", "-c", "--requirement", "--constraint"):
            inner = f"{folder}/{words[1]}" if folder else words[1]
            if inner not in seen:
                found += [inner, *_included(project, inner, seen | {path, inner})]
    return found
