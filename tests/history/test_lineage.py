from pathlib import Path

import pytest

from memcoder.history import lineage
from memcoder.history.commits import list_commits
from memcoder.history.lineage import HashIndex, message_links, replaced_lines
from memcoder.history.repository import Repository
from tests.helpers import GitRepo, make_shop


def test_short_hashes_stand_for_one_known_commit() -> None:
    index = HashIndex(["abcdef01" + "0" * 32, "abcdef02" + "0" * 32, "1234567a" + "0" * 32])
    assert index.resolve("abcdef01") == "abcdef01" + "0" * 32
    assert index.resolve("1234567") == "1234567a" + "0" * 32
    assert index.resolve("1234567a" + "0" * 32) == "1234567a" + "0" * 32
    assert index.resolve("abcdef0") is None  # of two
    assert index.resolve("123456") is None  # too short
    assert index.resolve("fffffff") is None


def test_what_a_message_cites_is_linked_if_it_is_known() -> None:
    one, two, three = ("a1b2c3d" + "0" * 33, "b1b2c3d" + "0" * 33, "c1b2c3d" + "0" * 33)
    index = HashIndex([one, two, three])
    message = f"Fix x\n\nRegression in a1b2c3d. This reverts commit {two}, like deadbee did; see also c1b2c3d."
    assert [(link.relation, link.target) for link in message_links(three, message, index)] == [
        ("follows_up", one),
        ("reverts", two),
    ]


def blamed(made: GitRepo, sha: str) -> dict[str, int]:
    """What `git blame` says on the parent of the lines that a commit deleted."""
    counts: dict[str, int] = {}
    diff = made.git("diff", "-U0", "--no-renames", f"{sha}^1", sha)
    path = ""
    for line in diff.splitlines():
        if line.startswith("--- "):
            path = line[6:]
        elif line.startswith("@@"):
            start, _, count = line.split()[1][1:].partition(",")
            if count != "0":
                where = f"-L{start},+{count or 1}"
                told = made.git("blame", "--first-parent", "-s", "-l", "--root", where, f"{sha}^1", "--", path)
                for one in told.splitlines():
                    counts[one.split()[0]] = counts.get(one.split()[0], 0) + 1
    return counts


def make_edited(path: Path) -> tuple[GitRepo, list[str]]:
    """Twenty commits that insert, replace and delete here and there."""
    made = GitRepo(path)
    lines = [f"line {number}" for number in range(40)]
    shas = [made.commit("start", {"a.py": "\n".join(lines) + "\n", "b.py": "x = 1\ny = 2"})]
    for number in range(1, 20):
        at = number * 7 % len(lines)
        lines[at : at + number % 4] = [f"new {number} {place}" for place in range(number * 5 % 3)]
        lines[:0] = [f"top {number}"] * (number % 2)
        shas.append(made.commit(f"edit {number}", {"a.py": "\n".join(lines) + "\n", "b.py": f"x = {number}\ny = 2"}))
    return made, shas


def test_replaced_lines_are_those_of_blame(tmp_path: Path) -> None:
    made, shas = make_edited(tmp_path / "edited")
    repo = Repository.open(made.path)
    found = dict(replaced_lines(repo, "HEAD"))
    assert list(found) == shas
    assert found[shas[0]] == {}
    for sha in shas[1:]:
        assert found[sha] == blamed(made, sha)
    assert sum(len(counts) for counts in found.values()) > 20
    assert dict(replaced_lines(repo, "HEAD", since=shas[9])) == {sha: found[sha] for sha in shas[10:]}
    assert list(replaced_lines(repo, "HEAD", since=shas[-1])) == []


def test_renames_are_followed_and_deletions_counted(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    made.git("mv", "shop/stock.py", "shop/depot.py")
    moved = made.commit("Move")
    text = (made.path / "shop/depot.py").read_text()
    fixed = made.commit("Fix", {"shop/depot.py": text.replace("if count < 1", "if count <= 0").replace("{}", "dict()")})
    gone = made.commit("Drop", {"shop/depot.py": None})
    found = dict(replaced_lines(Repository.open(made.path), "HEAD"))
    assert found[shas["rounding"]] == {shas["money"]: 1}
    assert found[moved] == {}
    assert found[fixed] == {shas["reserve"]: 1, shas["stock"]: 1}
    assert found[gone] == {shas["stock"]: 10, shas["reserve"]: 1, fixed: 2}


def test_a_merge_owns_what_it_brought(tmp_path: Path) -> None:
    made, _ = make_shop(tmp_path / "shop")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit("aside", {"side.py": "a = 1\nb = 2\n"})
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    merge = made.git("rev-parse", "HEAD")
    after = made.commit("after", {"side.py": "a = 1\nb = 3\n"})
    assert dict(replaced_lines(Repository.open(made.path), "HEAD"))[after] == {merge: 1}


def test_noise_binary_and_large_files_have_no_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = GitRepo(tmp_path / "noisy")
    files: dict[str, str | bytes | None] = {
        "yarn.lock": "a\nb\n",
        "logo.png": b"\0\1\n",
        "big.py": "x\n" * 20,
        "turns.py": "a = 1\n",
        "a.py": "a = 1\n",
    }
    first = made.commit("one", files)
    made.commit("two", {"turns.py": b"a = 1\n\0"})
    made.commit("three", {"turns.py": "a = 2\n"})
    last = made.commit("four", dict.fromkeys(files, "other\n"))
    repo = Repository.open(made.path)
    assert dict(replaced_lines(repo, "HEAD"))[last] == {first: 21}
    monkeypatch.setattr(lineage, "FILE_LINES_LIMIT", 10)
    assert dict(replaced_lines(repo, "HEAD"))[last] == {first: 1}
    monkeypatch.setattr(lineage, "LINES_LIMIT", 0)
    assert dict(replaced_lines(repo, "HEAD"))[last] == {}
    assert len(list_commits(repo, "HEAD")) == 4
