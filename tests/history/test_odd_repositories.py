"""Histories that hurt: each is read to its end, by every reader of this room."""

import tracemalloc
from pathlib import Path

import pytest

from memcoder.errors import UsageError
from memcoder.history.commits import list_commits, read_commits
from memcoder.history.lineage import replaced_lines
from memcoder.history.messages import parse_message
from memcoder.history.repository import Repository
from memcoder.history.touched import qualified
from memcoder.records import Commit
from tests.helpers import GitRepo, make_shop

FUNCTION = "def f():\n    return 1\n"


def read(path: Path) -> list[Commit]:
    """All commits, after the other readers came through too."""
    repo = Repository.open(path)
    ids = list_commits(repo, "HEAD")
    assert [sha for sha, _ in qualified(repo, ids)] == ids
    assert list(replaced_lines(repo, "HEAD"))
    commits = list(read_commits(repo, ids))
    assert [commit.sha for commit in commits] == ids
    return commits


def test_sha256(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "long", "--object-format=sha256")
    first = made.commit("one", {"a.py": FUNCTION})
    made.commit(f"two\n\nRegression in {first}.", {"a.py": FUNCTION.replace("1", "2")})
    one, two = read(made.path)
    assert len(one.sha) == len(first) == 64
    assert two.files[0].symbols == ("f",)
    assert parse_message(two.message).citations[0].hash == first
    repo = Repository.open(made.path)
    assert dict(replaced_lines(repo, "HEAD"))[two.sha] == {first: 1}
    assert dict(qualified(repo, [two.sha])) == {two.sha: (("a.py", ("f",)),)}
    assert repo.key == Repository.open(made.path).key
    assert len(repo.tree(first)["a.py"]) == 64


def test_octopus_merges(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "octopus")
    made.commit("start", {"a.py": FUNCTION})
    for arm in ("b", "c", "d"):
        made.git("checkout", "--quiet", "-b", arm, "main")
        made.commit(arm, {f"{arm}.py": FUNCTION})
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-edit", "b", "c", "d")
    *_, merge = read(made.path)
    assert (len(merge.parents), merge.files, merge.patch) == (3, (), "")


def test_submodules_links_and_changes_of_type(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "links")
    first = made.commit("one", {"a.py": FUNCTION, "z.py": FUNCTION})
    made.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub.py")
    made.git("commit", "--quiet", "-m", "submodule")
    made.git("update-index", "--cacheinfo", f"160000,{made.git('rev-parse', 'HEAD')},sub.py")
    made.git("commit", "--quiet", "-m", "moved on")
    (made.path / "a.py").unlink()
    (made.path / "a.py").symlink_to("z.py")
    (made.path / "z.py").write_text(FUNCTION.replace("1", "2"))
    made.git("commit", "--quiet", "-m", "a link", "a.py", "z.py")
    _, submodule, moved, link = read(made.path)
    for commit in (submodule, moved):
        assert [(change.path, change.symbols) for change in commit.files] == [("sub.py", ())]
    changes = {change.path: change for change in link.files}
    assert (changes["a.py"].added, changes["a.py"].deleted, changes["a.py"].symbols) == (1, 2, ())
    assert (changes["z.py"].added, changes["z.py"].deleted, changes["z.py"].symbols) == (1, 1, ("f",))
    assert "sub.py" not in Repository.open(made.path).tree("HEAD")


def test_renames_in_case_only(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "case")
    first = made.commit("one", {"parser.py": FUNCTION * 5})
    blob = made.git("rev-parse", "HEAD:parser.py")
    made.git("update-index", "--force-remove", "parser.py")
    made.git("update-index", "--add", "--cacheinfo", f"100644,{blob},Parser.py")
    made.git("commit", "--quiet", "-m", "two")
    _, two = read(made.path)
    assert [(change.path, change.old_path, change.status) for change in two.files] == [
        ("Parser.py", "parser.py", "renamed")
    ]
    made.git("checkout", "--quiet", "--force", "HEAD")
    third = made.commit("three", {"Parser.py": FUNCTION * 4})
    assert dict(replaced_lines(Repository.open(made.path), "HEAD"))[third] == {first: 2}


def test_messages_in_other_encodings_and_paths_in_none(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "bytes")
    made.git("config", "i18n.commitEncoding", "ISO-8859-1")
    made.commit("caf\xe9".encode("latin-1"), {"a.py": FUNCTION})
    blob = made.git("hash-object", "-w", "--stdin", data=b"def g():\n    pass\n")
    made.git("update-index", "--add", "-z", "--index-info", data=f"100644 {blob}\t".encode() + b'q"\xe9\n.py\0')
    made.git("commit", "--quiet", "-m", "odd path")
    first, second = read(made.path)
    assert first.message == "caf\xe9"
    assert [(change.path, change.symbols) for change in second.files] == [('q"\\xe9\n.py', ("g",))]
    assert second.model_dump_json()


def test_empty_commits_and_empty_messages(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "empty")
    made.commit("nothing")
    made.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", "")
    made.commit("something", {"a.py": FUNCTION})
    assert [(commit.message, len(commit.files)) for commit in read(made.path)] == [
        ("nothing", 0), ("", 0), ("something", 1),
    ]  # fmt: skip


def test_a_commit_of_a_million_lines_takes_little_memory_and_is_counted(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "million")
    lines = b"".join(b"value_%07d = %d\n" % (number, number) for number in range(1_000_000))
    made.commit("one", {"a.py": FUNCTION, "big.py": lines, "z.py": FUNCTION})
    made.commit("two", {"a.py": FUNCTION.replace("1", "2"), "big.py": b"# less\n" + lines[20_000:]})
    del lines
    repo = Repository.open(made.path)
    ids = list_commits(repo, "HEAD")
    tracemalloc.start()
    one, two = read_commits(repo, ids)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80 << 20
    assert [(change.path, change.added, change.deleted) for change in one.files] == [
        ("a.py", 2, 0), ("big.py", 1_000_000, 0), ("z.py", 2, 0),
    ]  # fmt: skip
    assert two.files[0].symbols == ("f",)
    assert two.files[1].added == 2


def test_shallow_clones(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    made.git("clone", "--quiet", "--depth=3", f"file://{made.path}", str(tmp_path / "shallow"))
    commits = read(tmp_path / "shallow")
    assert [commit.sha for commit in commits] == [shas["rounding"], shas["reserve"], shas["docs"]]
    assert commits[1].files[0].symbols == ("reserve",)


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_partial_clones_fetch_nothing(tmp_path: Path, kind: str) -> None:
    made, shas = make_shop(tmp_path / "shop")
    made.git("config", "uploadpack.allowFilter", "true")
    part = tmp_path / "part.git"
    made.git("clone", "--quiet", "--bare", f"--filter={kind}", f"file://{made.path}", str(part))
    before = {path.name for path in (part / "objects").rglob("*")}
    assert not Repository.open(made.path).partial
    if kind == "tree:0":
        with pytest.raises(UsageError, match="cloned without trees"):
            Repository.open(part)
    else:
        assert Repository.open(part).partial
        commits = {commit.sha: commit for commit in read(part)}
        assert [(file.path, file.symbols) for file in commits[shas["reserve"]].files] == [("shop/stock.py", ())]
        assert commits[shas["reserve"]].message.startswith("Refuse to reserve")
    assert {path.name for path in (part / "objects").rglob("*")} == before
    # The control: git without our environment fetches what it lacks.
    made.git("-C", str(part), "log", "-p")
    assert {path.name for path in (part / "objects").rglob("*")} != before


def test_a_clone_without_trees_is_taken_once_they_are_there(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    made.git("config", "uploadpack.allowFilter", "true")
    part = tmp_path / "part"
    made.git("clone", "--quiet", "--filter=tree:0", f"file://{made.path}", str(part))
    with pytest.raises(UsageError) as refused:
        Repository.open(part)
    assert refused.value.hint
    assert "--refetch --filter=blob:none" in refused.value.hint
    made.git("-C", str(part), "fetch", "--quiet", "--refetch", "--filter=blob:none")
    assert shas["reserve"] in {commit.sha for commit in read(part)}


def test_grafts_and_replacements_are_not_believed(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    plain = read(made.path)
    forged = made.git("commit-tree", f"{shas['docs']}^{{tree}}", "-m", "forged")
    made.git("replace", shas["docs"], forged)
    (made.path / ".git/info").mkdir(exist_ok=True)
    (made.path / ".git/info/grafts").write_text(f"{shas['reserve']}\n")
    assert made.git("log", "-1", "--format=%s") == "forged"  # the control
    assert read(made.path) == plain
