"""The demonstration is what it says: big enough, green, with one real bug whose fix stands nowhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from memcoder.demo import repository
from memcoder.demo.flow import NEXT_ISSUE

PROMPTS = Path(__file__).parents[2] / "prompts"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "repository"
    repository.make_repository(folder)
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def pytest_run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.returncode, done.stdout.strip().splitlines()[-1]


def with_hidden_test(demo: Path, folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", str(demo), str(folder)], check=True)
    (folder / "tests" / "test_hidden.py").write_text(repository.HIDDEN_TEST)
    return folder


def test_the_commits_have_the_same_ids_everywhere(demo: Path, tmp_path: Path) -> None:
    assert git(demo, "rev-parse", "HEAD").strip() == repository.HEAD
    assert repository.make_repository(tmp_path / "again") == repository.HEAD
    assert git(demo, "status", "--porcelain") == ""


def test_a_history_of_meaningful_commits(demo: Path) -> None:
    assert int(git(demo, "rev-list", "--count", "HEAD")) >= 14
    assert len(set(git(demo, "log", "--format=%s").splitlines())) >= 14


def test_modules_and_lines(demo: Path) -> None:
    modules = [path for path in (demo / "hallbook").glob("*.py") if not path.name.startswith("__")]
    assert len(modules) >= 8
    lines = [line for path in demo.rglob("*.py") for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) >= 600


def test_at_least_25_tests_pass(demo: Path) -> None:
    code, summary = pytest_run(demo)
    assert code == 0
    assert int(summary.split(" passed")[0]) >= 25


def test_the_hidden_test_fails_at_head_and_passes_with_the_reference(demo: Path, tmp_path: Path) -> None:
    copy = with_hidden_test(demo, tmp_path / "copy")
    assert pytest_run(copy, "tests/test_hidden.py")[0] == 1
    path, now, fixed = repository.REFERENCE
    source = (copy / path).read_text()
    assert source.count(now) == 1
    (copy / path).write_text(source.replace(now, fixed))
    assert pytest_run(copy)[0] == 0


def test_the_bug_is_as_the_issue_says(demo: Path) -> None:
    code = repository.ISSUE.split("```python\n")[1].split("```")[0]
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=demo, capture_output=True, text=True, check=True)
    assert f"This prints `{done.stdout.strip()}`" in repository.ISSUE


def test_the_issue_names_neither_file_nor_function_of_the_cause(demo: Path) -> None:
    path = repository.REFERENCE[0]
    names = [line.split("def ")[1].split("(")[0] for line in (demo / path).read_text().splitlines() if "def " in line]
    assert "stretches" in names
    for word in (Path(path).stem, *names, "Stretch", "stretch", "Span"):
        assert word not in repository.ISSUE


def test_no_line_of_the_reference_stands_anywhere_the_model_could_see_it(demo: Path) -> None:
    fixed = repository.REFERENCE[2].strip()
    assert fixed not in git(demo, "log", "--all", "-p", "--format=%B")
    assert all(fixed not in path.read_text() for path in PROMPTS.glob("*.j2"))
    assert fixed not in repository.ISSUE + NEXT_ISSUE + repository.HIDDEN_TEST


def test_nothing_of_the_hidden_test_is_in_the_repository(demo: Path) -> None:
    seen = git(demo, "log", "--all", "-p", "--format=%B") + repository.ISSUE
    names = [line for line in repository.HIDDEN_TEST.splitlines() if line.startswith("def test_")]
    assert names
    assert all(name not in seen for name in names)
