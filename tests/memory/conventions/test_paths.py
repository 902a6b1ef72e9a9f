import pytest

from memcoder.memory.conventions.paths import changelog_place, layout_of

TREE = [
    "README.md",
    "setup.py",
    "CHANGES.rst",
    "changelog/12.bugfix.rst",
    "docs/usage.rst",
    "docs/conf.py",
    "docs/releases/5.0.txt",
    "scripts/release.py",
    "web/test/client.py",
    "web/test/runner.py",
    "web/test/signals.py",
    *(f"web/db/{name}.py" for name in "abcdefgh"),
    *(f"web/forms/{name}.py" for name in "abcd"),
    "web/forms/a.pyi",
    "web/history/view.py",
    "web/_vendor/six.py",
    "web/views.py",
    "testing/test_db.py",
    "tests/forms/tests.py",
]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("web/db/a.py", "source"),
        ("web/forms/a.pyi", "stub"),
        ("web/history/view.py", "source"),
        ("web/_vendor/six.py", "other"),
        ("setup.py", "other"),
        ("scripts/release.py", "other"),
        ("testing/test_db.py", "test"),
        ("tests/forms/tests.py", "test"),
        ("docs/usage.rst", "docs"),
        ("docs/conf.py", "docs"),
        ("CHANGES.rst", "changelog"),
        ("CHANGELOG", "changelog"),
        ("changelog/12.bugfix.rst", "changelog"),
        ("docs/releases/5.0.txt", "changelog"),
        ("changelog/README.rst", "docs"),
        ("requirements.txt", "other"),
    ],
)
def test_what_a_path_is(path: str, role: str) -> None:
    assert layout_of(TREE).role(path) == role


def test_a_library_called_test_is_source_and_a_folder_of_tests_is_not() -> None:
    layout = layout_of(TREE)
    assert layout.libraries == {"web/test"}
    assert layout.role("web/test/client.py") == "source"
    as_tests = [path.replace("web/test/", "web/test/test_") for path in TREE]
    assert layout_of(as_tests).role("web/test/test_client.py") == "test"


def test_areas_are_few_and_a_path_belongs_to_the_deepest() -> None:
    layout = layout_of(TREE)
    assert layout.areas == ("web", "web/db", "web/forms", "web/test")
    assert layout.area("web/db/new.py") == "web/db"
    assert layout.area("web/history/view.py") == "web"
    assert layout.area("docs/usage.rst") is None
    many = layout_of([f"pkg/{folder}/{name}.py" for folder in range(40) for name in "abcd"])
    assert len(many.areas) <= 12


def test_stubs_are_those_beside_a_source() -> None:
    assert layout_of(TREE).stubbed == {"web/forms/a.py"}


def test_the_place_of_a_changelog() -> None:
    assert changelog_place("changelog/12.bugfix.rst") == "changelog/"
    assert changelog_place("docs/releases/5.0.txt") == "docs/releases/"
    assert changelog_place("CHANGES.rst") == "CHANGES.rst"
