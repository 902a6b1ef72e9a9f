"""Gold of tricky patches. Each patch is what git says of two commits, applied to the first."""

from pathlib import Path

import pytest
from memcoder_eval.localize.gold import Gold, gold

from memcoder import FaultError, Repository
from tests.helpers import GitRepo

BEFORE = """\
import os

LIMIT = 3


def outer(value):
    def inner(one):
        return one + 1

    return inner(value)


class Box:
    size = 1

    def __init__(self):
        self.held = []

    @property
    def full(self):
        return len(self.held) >= LIMIT

    def put(self, one):
        self.held.append(one)


def last():
    return os.sep
"""


LAST = (
    "diff --git a/box.py b/box.py\n--- a/box.py\n+++ b/box.py\n@@ -28,2 +28,2 @@\n"
    " def last():\n-    return os.sep\n+    return os.linesep\n"
)
Files = dict[str, str | bytes | None]


def of(tmp_path: Path, after: Files, before: Files | None = None) -> Gold:
    """The gold of the change from `before` to `after`."""
    repo = GitRepo(tmp_path / "repo")
    base = repo.commit("before", before or {"box.py": BEFORE})
    fixed = repo.commit("after", after)
    file = tmp_path / "fix.patch"
    repo.git("diff", "--binary", "--find-renames", f"--output={file}", base, fixed)
    repo.commit("what is checked out has nothing to do with it", {"box.py": "nothing = 1\n"})
    return gold(Repository.open(repo.path), base, file.read_bytes().decode())


def test_a_method_and_init(tmp_path: Path) -> None:
    after = BEFORE.replace("append(one)", "append(one)\n        return self").replace("held = []", "held = [None]")
    assert of(tmp_path, {"box.py": after}) == Gold(("box.py",), (("box.py", "Box.__init__"), ("box.py", "Box.put")), ())


def test_a_nested_function_counts_as_the_one_around_it(tmp_path: Path) -> None:
    after = BEFORE.replace("one + 1", "one + 2")
    assert of(tmp_path, {"box.py": after}).functions == (("box.py", "outer"),)


def test_added_functions_and_lines_of_class_and_module_give_no_function(tmp_path: Path) -> None:
    method = "    size = 2\n\n    def new(self):\n        pass\n"
    after = BEFORE.replace("LIMIT = 3", "LIMIT = 4").replace("    size = 1\n", method)
    found = of(tmp_path, {"box.py": after + "\n\ndef newer():\n    pass\n"})
    assert (found.files, found.functions) == (("box.py",), ())


def test_a_function_that_only_moved_is_no_gold_and_a_deleted_one_is(tmp_path: Path) -> None:
    start = BEFORE.index("def outer")
    end = BEFORE.index("class Box")
    moved = BEFORE[:start] + BEFORE[end:] + "\n\n" + BEFORE[start:end].rstrip() + "\n"
    assert of(tmp_path / "moved", {"box.py": moved}).functions == ()
    assert of(tmp_path / "gone", {"box.py": BEFORE[:start] + BEFORE[end:]}).functions == (("box.py", "outer"),)


def test_a_decorator_belongs_to_its_function(tmp_path: Path) -> None:
    assert of(tmp_path, {"box.py": BEFORE.replace("@property", "@cached_property")}).functions == (
        ("box.py", "Box.full"),
    )


def test_what_goes_by_one_name_is_one_function(tmp_path: Path) -> None:
    setter = "    @full.setter\n    def full(self, value):\n        self.held = value\n\n"
    before = BEFORE.replace("    def put", setter + "    def put")
    after = before.replace("self.held = value", "self.held = list(value)")
    assert of(tmp_path, {"box.py": after}, {"box.py": before}).functions == (("box.py", "Box.full"),)


def test_a_renamed_file_counts_under_its_old_path(tmp_path: Path) -> None:
    found = of(tmp_path, {"box.py": None, "crate.py": BEFORE.replace("os.sep", "os.linesep")})
    assert found == Gold(("box.py",), (("box.py", "last"),), ())


def test_a_deleted_file_with_all_its_functions(tmp_path: Path) -> None:
    found = of(tmp_path, {"box.py": None})
    assert found.files == ("box.py",)
    assert [name for _, name in found.functions] == ["Box.__init__", "Box.full", "Box.put", "last", "outer"]


def test_an_added_file_counts_and_is_told_apart(tmp_path: Path) -> None:
    found = of(tmp_path, {"box.py": BEFORE.replace("one + 1", "two"), "new/crate.py": "def crate():\n    pass\n"})
    assert found == Gold(("box.py", "new/crate.py"), (("box.py", "outer"),), ("new/crate.py",))


def test_files_of_any_kind_count(tmp_path: Path) -> None:
    before: Files = {"a.rst": "one\n", "Größe x.cfg": "a = 1\n", "data.bin": b"\0\1\2", "old.py": "def old(:\n"}
    after: Files = {"a.rst": "two\n", "Größe x.cfg": "a = 2\n", "data.bin": b"\0\1\3", "old.py": "def old(:\n    1\n"}
    found = of(tmp_path, after, before | {"same.sh": "echo\n"})
    assert found.files == ("Größe x.cfg", "a.rst", "data.bin", "old.py")


def test_carriage_returns_are_kept(tmp_path: Path) -> None:
    before = b"def one():\r\n    return 1\r\n\r\n\r\ndef two():\r\n    return 2\r\n"
    repo = GitRepo(tmp_path / "repo")
    base = repo.commit("before", {"dos.py": before})
    repo.write({"dos.py": before.replace(b"return 2", b"return 3")})
    patch = (
        "diff --git a/dos.py b/dos.py\n--- a/dos.py\n+++ b/dos.py\n@@ -5,2 +5,2 @@\n"
        " def two():\r\n-    return 2\r\n+    return 3\r\n"
    )
    assert gold(Repository.open(repo.path), base, patch).functions == (("dos.py", "two"),)


def test_the_repository_is_not_written(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    base = repo.commit("before", {"box.py": BEFORE})
    before = {path: path.read_bytes() for path in (repo.path / ".git").rglob("*") if path.is_file()}
    assert gold(Repository.open(repo.path), base, LAST).functions == (("box.py", "last"),)
    assert {path: path.read_bytes() for path in (repo.path / ".git").rglob("*") if path.is_file()} == before


def test_a_patch_that_does_not_apply_is_a_fault(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    base = repo.commit("before", {"box.py": "other = 1\n"})
    with pytest.raises(FaultError, match="git apply failed"):
        gold(Repository.open(repo.path), base, LAST)
