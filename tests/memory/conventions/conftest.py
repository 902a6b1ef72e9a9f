from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from tests.helpers import GitRepo

FIXES = 24


def make_project(path: Path, fixes: int = FIXES, tested: bool = True) -> GitRepo:
    """A project whose fixes of `app/core` come with a test and a changelog fragment, and use a helper of `app/util`."""
    made = GitRepo(path)
    made.commit(
        "Start the app",
        {
            "app/util/money.py": "def as_cents(amount):\n    return round(amount * 100)\n",
            **{f"app/core/part{number}.py": f"x = {number}\n" for number in range(4)},
            **{f"app/web/view{number}.py": f"y = {number}\n" for number in range(4)},
            "pyproject.toml": "[tool.ruff]\nline-length = 99\n",
            "AGENTS.md": "# Tests\n\nEvery fix comes with a test that failed before the fix was made.\n",
            "app/web/AGENTS.md": "# Views\n\nViews hold no logic: what they need is in app/core, tested there.\n",
        },
    )
    add_fixes(made, fixes, tested)
    return made


def add_fixes(made: GitRepo, fixes: int, tested: bool, start: int = 0) -> None:
    """So many fixes of `app/core`, each with what belongs to it, or alone."""
    for number in range(start, start + fixes):
        part = number % 4
        call = f"as_cents({number})\n"
        files = {f"app/core/part{part}.py": (made.path / f"app/core/part{part}.py").read_text() + call}
        if tested:
            files[f"tests/core/test_part{part}.py"] = f"z = {number}\n"
            files[f"changelog/{number}.bugfix.md"] = "Fixed.\n"
        made.commit(f"Fixed #{number} -- Corrected part {part}.", files)


@pytest.fixture
def project(tmp_path: Path) -> tuple[GitRepo, Repository]:
    made = make_project(tmp_path / "project")
    return made, Repository.open(made.path)
