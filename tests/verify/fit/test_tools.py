"""ruff is a real one, of this Python's own folder; where a tool is not there it is stood in for by no one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.records import Finding
from memcoder.sandbox.base import Sandbox
from memcoder.sandbox.local import LocalEnvironment
from memcoder.verify.fit.assess import assess
from tests.helpers import GitRepo

OLD = "import os\nx = { 'badly':1 }\n\n\ndef one():\n    return os.sep\n"
HOOKS = "repos:\n- repo: x\n  hooks:\n  - id: ruff\n  - id: ruff-format\n  - id: nosuch\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = GitRepo(tmp_path / "repo")
    made.commit(
        "Start", {"a.py": OLD, "pyproject.toml": "[tool.ruff]\n[tool.yapf]\n", ".pre-commit-config.yaml": HOOKS}
    )
    return Repository.open(made.path)


@pytest.fixture
def sandbox(repo: Repository) -> Iterator[Sandbox]:
    with LocalEnvironment(repo.path, repo.head(), Settings(sandbox="local")).start() as started:
        yield started


def by_check(repo: Repository, text: str, sandbox: Sandbox | None) -> dict[str, Finding]:
    """Finding of each check, e.g. `ruff (lint)`."""
    found = assess(repo, repo.head(), {"a.py": text.encode()}, sandbox=sandbox).findings
    return {finding.line.partition(")")[0] + ")": finding for finding in found if finding.kind in ("format", "lint")}


def test_only_the_changed_lines_are_judged(repo: Repository, sandbox: Sandbox) -> None:
    good = by_check(repo, OLD + "\n\ndef two():\n    return 2\n", sandbox)
    assert good["ruff (format)"].outcome == "kept"
    assert good["ruff (lint)"].outcome == "kept"
    bad = by_check(repo, OLD + "\n\ndef two( ):\n    return undefined\n", sandbox)
    assert bad["ruff (format)"].places == ("a.py:9",)
    assert bad["ruff (lint)"].places == ("a.py:10",)
    assert "F821" in bad["ruff (lint)"].line


def test_missing_blank_lines_beside_a_changed_line_count(repo: Repository, sandbox: Sandbox) -> None:
    assert by_check(repo, OLD + "def two():\n    return 2\n", sandbox)["ruff (format)"].outcome == "broken"


def test_a_formatter_that_the_rest_of_a_file_does_not_keep_is_not_heard(repo: Repository, sandbox: Sandbox) -> None:
    made = "def two( ):\n    return undefined\n"
    rest = "".join(f"y{number} = {{ 'badly':{number} }}\n" for number in range(9))
    found = assess(
        repo, repo.head(), {"a.py": (OLD + rest + "\n\n" + made).encode()}, sandbox=sandbox
    ).findings  # all of it is new
    assert "broken" in {finding.outcome for finding in found if finding.kind == "format"}
    base = GitRepo(repo.path).commit("More", {"a.py": OLD + rest + "z = unknown\n"})
    later = assess(repo, base, {"a.py": (OLD + rest + "z = unknown\n\n\n" + made).encode()}, sandbox=sandbox)
    said = {finding.line.partition(")")[0]: finding.outcome for finding in later.findings if finding.kind != "layout"}
    assert said["ruff (format"] == "not verified"
    assert said["ruff (lint"] == "kept", "the rest of the file breaks F821 too"


def test_a_tool_that_is_not_there_and_no_sandbox_are_not_verified(repo: Repository, sandbox: Sandbox) -> None:
    assert by_check(repo, OLD + "y = 1\n", sandbox)["yapf (format)"].outcome == "not verified"
    assert {finding.outcome for finding in by_check(repo, OLD + "y = 1\n", None).values()} == {"not verified"}


def test_the_sandbox_is_left_at_the_base_and_names_reach_no_shell(repo: Repository, sandbox: Sandbox) -> None:
    name = "$(touch pwned) '; touch pwned #.py"
    found = assess(repo, repo.head(), {name: b"x=1\n"}, sandbox=sandbox)
    assert any(finding.places and finding.places[0].startswith(name.partition(" ")[0]) for finding in found.findings)
    assert sandbox.diff() == ""
    with pytest.raises(FileNotFoundError):
        sandbox.read("pwned")
