"""What the oracle is told: where a reference changes something, and not what it adds."""

from pathlib import Path

from memcoder_eval.solving.places import changed_lines, told_places

from memcoder import Repository
from tests.helpers import CART, MONEY, STOCK, GitRepo


def patch_of(made: GitRepo, files: dict[str, str | None]) -> str:
    """The diff that makes these files, with new ones."""
    file = made.path / ".git" / "made.patch"
    made.write(files)
    made.git("add", "--all")
    made.git("diff", "--cached", f"--output={file}")
    made.git("reset", "--quiet", "--hard")
    return file.read_text()


def test_functions_classes_and_files_are_told_and_new_files_are_not(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "shop")
    made.commit("Start", {"money.py": MONEY, "stock.py": STOCK, "cart.py": CART, "notes.txt": "one\ntwo\n"})
    patch = patch_of(
        made,
        {
            "money.py": MONEY.replace("* 100) / 100", "* 100 + 0.5) / 100"),
            "stock.py": STOCK.replace("class Warehouse:\n", "class Warehouse:\n    limit = 3\n\n"),
            "notes.txt": "one\nthree\n",
            "new.py": "def new():\n    pass\n",
        },
    )
    files, symbols = told_places(Repository.open(made.path), "HEAD", patch)
    assert [place.path for place in files] == ["money.py", "notes.txt", "stock.py"]
    assert [(place.path, place.symbol, place.start) for place in symbols] == [
        ("money.py", "round_cents", 1),
        ("stock.py", "Warehouse", 1),
    ]
    assert all(place.evidence[0].ranker == "oracle" for place in (*files, *symbols))


def test_lines_of_hunks_are_those_of_the_old_file() -> None:
    first, second = "@@ -3,3 +3,4 @@ def f():\n one\n-two\n+2\n+3\n three\n", "@@ -9,2 +10,1 @@\n nine\n--- ten\n"
    assert changed_lines(f"--- a/x.py\n+++ b/x.py\n{first}{second}") == {"x.py": [4, 4, 4, 10]}
    assert changed_lines("") == {}
