import re
from pathlib import Path

from memcoder.history.commits import PATCH_LIMIT, list_commits, read_commits
from memcoder.history.repository import Repository
from memcoder.records import Commit
from tests.helpers import GitRepo, make_shop


def read(made: GitRepo) -> list[Commit]:
    repo = Repository.open(made.path)
    return list(read_commits(repo, list_commits(repo, "HEAD")))


def test_streams_messages_files_patches_and_symbols(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    commits = {commit.sha: commit for commit in read(made)}
    assert list(commits) == list(shas.values())
    fix = commits[shas["rounding"]]
    assert fix.message.startswith("Fix rounding of half cents\n\nPrices")
    assert fix.parents == (shas["tests"],)
    assert fix.author == "Test Author"
    (change,) = fix.files
    assert (change.path, change.status, change.added, change.deleted) == ("shop/money.py", "modified", 1, 1)
    assert change.symbols == ("round_cents",)
    assert "+    return int(amount * 100 + 0.5) / 100" in fix.patch
    assert commits[shas["reserve"]].files[0].symbols == ("reserve",)


def test_a_message_cannot_pretend_to_be_another_commit(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "forged")
    forged = "one\n\n\x1eCOMMIT\x1fabc\x1f\n:100644 100644 0 1 M\tfake.py\ndiff --git a/x b/x\n"
    made.commit(forged, {"a.py": "x = 1\n"})
    made.commit("two", {"a.py": "x = 2\n"})
    first, second = read(made)
    assert first.message == forged.strip()
    assert [change.path for change in first.files] == ["a.py"]
    assert second.message == "two"


def test_odd_bytes_in_messages_and_paths(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "odd")
    made.commit("opened", {'with "quote".py': "def f():\n    pass\n", "tab\there.py": "x = 1\n", "ünï.py": "y = 1\n"})
    raw = made.git("cat-file", "commit", "HEAD").encode().replace(b"opened", b"caf\xe9 opened")
    made.git("update-ref", "HEAD", made.git("hash-object", "-t", "commit", "-w", "--stdin", data=raw))
    (commit,) = read(made)
    assert commit.message == "caf\ufffd opened"
    assert {change.path for change in commit.files} == {'with "quote".py', "tab\there.py", "ünï.py"}
    assert commit.model_dump_json()


def test_renames_deletions_merges_and_binary_files(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "moves")
    made.commit("one", {"a.py": "def f():\n    return 1\n" * 20, "gone.py": "x\n", "logo.png": bytes(range(256))})
    made.git("mv", "a.py", "b.py")
    made.commit("two", {"gone.py": None})
    made.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    made.commit("side", {"side.py": "s = 1\n"})
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-edit", "side")
    *_, merge = read(made)
    two = next(commit for commit in read(made) if commit.message == "two")
    assert {(change.path, change.old_path, change.status) for change in two.files} == {
        ("b.py", "a.py", "renamed"),
        ("gone.py", None, "deleted"),
    }
    assert len(merge.parents) == 2
    assert merge.files == ()


def test_enormous_commits_are_cut(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "big")
    made.commit("big", {"big.txt": "line of a generated file\n" * 600_000})
    made.commit("after", {"a.py": "x = 1\n"})
    big, after = read(made)
    assert len(big.patch) <= PATCH_LIMIT
    assert big.files[0].path == "big.txt"
    assert after.message == "after"
    assert re.fullmatch(r"[0-9a-f]{40}", after.sha)
