import pytest

from memcoder.history.kinds import change_kind, is_test_path
from memcoder.records import FileChange

CODE = (FileChange(path="src/a.py"),)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Fix rounding of half cents", "fix"),
        ("fix(cart): totals", "fix"),
        ("Add a cart with totals", "feature"),
        ("feat!: new parser", "feature"),
        ("Bump requests from 2.1 to 2.2", "dependency"),
        ("Release 1.2.0", "release"),
        ("1.2.0", "release"),
        ('Revert "Add a cart"', "revert"),
        ("Reformat with black", "format"),
        ("Rename Cart to Basket", "refactor"),
        ("Weekly notes", "other"),
    ],
)
def test_kind_by_message(message: str, kind: str) -> None:
    assert change_kind(message, CODE, 1) == kind


def test_kind_by_parents_and_files() -> None:
    assert change_kind("Fix all", CODE, 2) == "merge"
    assert change_kind("More words", (FileChange(path="README.md"),), 1) == "docs"
    assert change_kind("More cases", (FileChange(path="tests/test_a.py"),), 1) == "tests"


def test_test_paths() -> None:
    assert is_test_path("tests/test_a.py")
    assert is_test_path("web/cart.spec.ts")
    assert not is_test_path("src/contest.py")
