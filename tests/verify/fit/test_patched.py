from pathlib import Path

from memcoder.history.repository import Repository
from memcoder.verify.fit.patched import Patched
from tests.helpers import GitRepo

OLD = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"


def patched(tmp_path: Path, changed: dict[str, bytes | None]) -> Patched:
    made = GitRepo(tmp_path / "repo")
    base = made.commit("Start", {"a.py": OLD, "b.py": OLD, "data.bin": b"\0\1"})
    return Patched.of(Repository.open(made.path), base, changed)


def test_lines_of_both_versions(tmp_path: Path) -> None:
    found = patched(tmp_path, {"a.py": OLD.replace("return 2", "x = 2\n    return x").encode(), "b.py": None})
    edited, deleted = found.files
    assert (sorted(edited.added), sorted(edited.deleted)) == ([6, 7], [6])
    assert edited.added_text == [(6, "    x = 2"), (7, "    return x")]
    assert (edited.change.status, edited.change.added, edited.change.deleted) == ("modified", 2, 1)
    assert (deleted.change.status, deleted.change.deleted) == ("deleted", 6)
    assert "+    x = 2\n+    return x" in found.diff()


def test_what_is_binary_unchanged_or_new(tmp_path: Path) -> None:
    found = patched(tmp_path, {"data.bin": b"\0\2", "a.py": OLD.encode(), "new.py": b"x = 1\n"})
    (new,) = found.files
    assert (new.path, new.change.status, sorted(new.added)) == ("new.py", "added", [1])
