from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.store import MemoryStore
from memcoder.records import UNTESTED, Finding, Memory
from memcoder.verify.fit.assess import assess
from tests.memory.conventions.conftest import FIXES, make_project

SETTINGS = Settings(embedder="hashing", sandbox="local")


def findings(tmp_path: Path, changed: dict[str, bytes | None]) -> dict[str, Finding]:
    repo = Repository.open(make_project(tmp_path / "project").path)
    found = assess(repo, repo.head(), changed, _policies(repo))
    return {finding.kind: finding for finding in found.findings}


def _policies(repo: Repository) -> tuple[Memory, ...]:
    with MemoryStore.open(SETTINGS, repo.key) as store:
        return conventions(repo, store)


def test_a_fix_that_does_as_the_project_does_breaks_nothing(tmp_path: Path) -> None:
    changed: dict[str, bytes | None] = {
        "app/core/part1.py": b"x = 1\nas_cents(7)\n",
        "tests/core/test_part1.py": b"z = 7\n",
        "changelog/77.bugfix.md": b"Fixed.\n",
    }
    found = findings(tmp_path, changed)
    kept = {kind for kind, finding in found.items() if finding.outcome == "kept"}
    assert {"tests", "changelog", "test-file", "test-folder", "changelog-place", "changelog-name", "helper"} <= kept


def test_what_is_missing_is_broken_with_its_counts(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app/core/part1.py": b"x = 1\n" * 40})
    assert (found["tests"].outcome, found["tests"].count, found["tests"].total) == ("broken", FIXES, FIXES)
    assert found["tests"].line.startswith(f"Fixes in app/core come with tests ({FIXES} of {FIXES}, lately 9")
    assert found["tests"].weight > 0.8
    assert {found["changelog"].outcome, found["size"].outcome} == {"broken"}
    assert "test-file" not in found, "without tests nobody can say where they live"


def test_tests_and_entries_elsewhere_are_broken(tmp_path: Path) -> None:
    changed: dict[str, bytes | None] = {
        "app/core/part1.py": b"x = 1\n",
        "tests/other/test_that.py": b"z = 7\n",
        "changelog/77.note.md": b"Fixed.\n",
    }
    found = findings(tmp_path, changed)
    assert {found[kind].outcome for kind in ("test-file", "test-folder", "changelog-name")} == {"broken"}
    assert {found[kind].outcome for kind in ("tests", "changelog", "changelog-place")} == {"kept"}


def test_tests_are_better_than_none_however_they_look(tmp_path: Path) -> None:
    repo = Repository.open(make_project(tmp_path / "project").path)
    source: dict[str, bytes | None] = {"app/core/part1.py": b"x = 2\n"}
    badly: dict[str, bytes | None] = {"tests/elsewhere/test_that.py": b"z =  [ 7 ,8]  \n" * 60}
    for policies in (_policies(repo), ()):
        dropped, kept = (assess(repo, repo.head(), changed, policies) for changed in (source, source | badly))
        assert kept.score > dropped.score
        assert sum(finding.weight for finding in kept.broken if finding.about == "tests") > 1, "much is said of them"
        assert {finding.kind for finding in kept.firm} == {finding.kind for finding in dropped.firm} - {"tests"}
    assert dropped.broken[0].weight == UNTESTED, "no custom says so"


@pytest.mark.parametrize(
    ("old", "new", "weight"),
    [
        ("def part(a):\n    return a\n", 'def part(a: int) -> int:\n    """Same."""\n    return a\n', UNTESTED),
        ("import os\n\nx = os.sep\n", "from posix import sep\n\nx = os.sep\n", UNTESTED),
        ("def part(a):\n    return a\n", "def part(a):\n    return -a\n", 0.8),
    ],
)
def test_what_no_test_can_show_needs_hardly_one(tmp_path: Path, old: str, new: str, weight: float) -> None:
    made = make_project(tmp_path / "project")
    made.commit("Add a part", {"app/core/new.py": old})
    repo = Repository.open(made.path)
    found = assess(repo, repo.head(), {"app/core/new.py": new.encode()}, _policies(repo)).findings
    (tests,) = [finding for finding in found if finding.kind == "tests"]
    assert tests.outcome == "broken"
    assert tests.weight == weight if weight == UNTESTED else tests.weight > weight


def test_a_patch_of_no_source_is_not_judged_by_customs_of_source(tmp_path: Path) -> None:
    assert findings(tmp_path, {"README.md": b"# App\n"}) == {}
