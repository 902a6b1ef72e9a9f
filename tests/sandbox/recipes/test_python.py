"""What a Python project's tests need, wherever it says so."""

import pytest

from memcoder.sandbox.recipes.project import Project
from memcoder.sandbox.recipes.python import plan
from memcoder.sandbox.recipes.requirements import package_tests, requirement_lines

GROUPS = """
[project]
name = "x"
[project.optional-dependencies]
docs = ["sphinx"]
dev = ["ruff"]
[dependency-groups]
base = ["attrs"]
tests = ["pytest>=8", {include-group = "base"}, {include-group = "tests"}]
"""
POETRY = '[tool.poetry.group.test.dependencies]\npython = "^3.9"\npytest = "^8.1"\nmock = "*"\nsix = {version = "1"}\n'
SETUP = "from setuptools import setup\nsetup(name='x', extras_require={'Test': ['nose'], 'docs': ['sphinx']})\n"

NAMED = "EXTRAS = {'tests': ['pytz'], 'lint': ['ruff']}\nEXTRAS['dev'] = ['tox']\nsetup(extras_require=EXTRAS)\n"


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("pyproject.toml", GROUPS, ["pytest>=8", "attrs"]),
        ("pyproject.toml", '[project.optional-dependencies]\ndev = ["ruff"]\n', ["ruff"]),
        ("pyproject.toml", POETRY, ["pytest>=8.1", "mock", "six"]),
        ("setup.cfg", "[options.extras_require]\ntest =\n    pytest  # ours\n    -e .\n", ["pytest"]),
        ("setup.py", SETUP, ["nose"]),
        ("setup.py", "setup(tests_require=['mock'], extras_require=EXTRAS)", ["mock"]),
        ("setup.py", NAMED, ["pytz"]),
        ("tox.ini", "[testenv]\ndeps =\n  pytest\n  -r{toxinidir}/x.txt\n  py39: old\n  {env:X:y}\n", ["pytest"]),
    ],
)
def test_they_are_read_from_every_usual_place(path: str, text: str, lines: list[str]) -> None:
    assert package_tests(Project.of({path: text}), with_tox=True) == {path: lines}


@pytest.mark.parametrize("path", ["pyproject.toml", "setup.cfg", "setup.py", "tox.ini"])
@pytest.mark.parametrize("text", ["", "[[[", "\0", "[project]\noptional-dependencies = 3\n", "[a]\n[a]\nx\n"])
def test_a_broken_manifest_says_nothing(path: str, text: str) -> None:
    assert package_tests(Project.of({path: text}), with_tox=True) == {}


def test_a_setup_py_is_read_and_not_run() -> None:
    evil = "open('/tmp/made-by-setup', 'w'); setup(extras_require=__import__('os').environ)"
    assert package_tests(Project.of({"setup.py": evil}), with_tox=False) == {}


def test_the_project_must_install_and_what_tests_need_need_not() -> None:
    files = {"pyproject.toml": GROUPS, "requirements.txt": "six\n", "tests/requirements.txt": "-r ../base.txt\nmock\n"}
    steps = plan(Project.of(files)).steps
    assert [(step.because, step.needed) for step in steps] == [
        ("requirements.txt", True),
        ("pyproject.toml", True),
        ("tests/requirements.txt", False),
        ("pyproject.toml", False),
    ]


def test_a_pyproject_that_only_configures_tools_is_not_installed() -> None:
    assert plan(Project.of({"pyproject.toml": "[tool.ruff]\n"})).steps == ()


def test_included_requirement_files_are_part_of_the_key() -> None:
    files = {"requirements.txt": "-r more/a.txt\n", "more/a.txt": "-c b.txt\n-r a.txt\nsix\n", "more/b.txt": "six<2\n"}
    assert plan(Project.of(files)).files == ("requirements.txt", "more/a.txt", "more/b.txt")


def test_specifiers_are_words_of_a_command_and_nothing_more() -> None:
    evil = '[project]\n[dependency-groups]\ntest = ["a; $(touch /x)", "--index-url=http://x", "b\'c"]\n'
    command = plan(Project.of({"pyproject.toml": evil})).steps[-1].command
    assert "'a; $(touch /x)'" in command
    assert "--index-url" not in command
    assert requirement_lines(Project.of({"r.txt": "a>1 # why\n-e .\n\nb==2 \\\n c\n"}), "r.txt") == ["a>1", "c"]
