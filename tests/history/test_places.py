from pathlib import Path

import pytest

from memcoder.errors import UsageError
from memcoder.history.places import find_place
from memcoder.history.repository import Repository
from tests.helpers import GitRepo, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> tuple[GitRepo, dict[str, str]]:
    return make_shop(tmp_path / "shop")


def ask(shop: tuple[GitRepo, dict[str, str]], text: str) -> tuple[str, int, int, str | None]:
    repo = Repository.open(shop[0].path)
    place = find_place(repo, repo.head(), text)
    return place.path, place.start, place.end, place.symbol


def refused(shop: tuple[GitRepo, dict[str, str]], text: str) -> str:
    with pytest.raises(UsageError) as caught:
        ask(shop, text)
    return f"{caught.value.message} | {caught.value.hint}"


def test_files_lines_and_names(shop: tuple[GitRepo, dict[str, str]]) -> None:
    assert ask(shop, "shop/money.py") == ("shop/money.py", 0, 0, None)
    assert ask(shop, "./shop/money.py") == ("shop/money.py", 0, 0, None)
    assert ask(shop, f"{shop[0].path}/shop/money.py:2") == ("shop/money.py", 2, 2, None)
    assert ask(shop, "shop/money.py:1-2") == ("shop/money.py", 1, 2, None)
    assert ask(shop, "round_cents") == ("shop/money.py", 1, 2, "round_cents")
    assert ask(shop, "Cart.add") == ("shop/cart.py", 8, 9, "Cart.add")
    assert ask(shop, "Warehouse#reserve")[3] == "Warehouse.reserve"


def test_a_name_with_several_definitions_lists_them(shop: tuple[GitRepo, dict[str, str]]) -> None:
    said = refused(shop, "__init__")
    assert "defined 2 times" in said
    assert "shop/cart.py:5-6, shop/stock.py:2-3" in said
    assert ask(shop, "Cart.__init__")[1:3] == (5, 6)


def test_a_function_with_a_folder_s_name_is_found(shop: tuple[GitRepo, dict[str, str]]) -> None:
    shop[0].commit("Add a function named as its folder", {"shop/open.py": "def shop():\n    return True\n"})
    assert ask(shop, "shop") == ("shop/open.py", 1, 2, "shop")
    assert "is a folder" in refused(shop, "tests")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shop/money.py:0", "has 6 lines"),
        ("shop/money.py:5-3", "has 6 lines"),
        ("shop/money.py:1-7", "has 6 lines"),
        ("shop/__init__.py:1", "has 0 lines"),
        ("money.py", "did you mean shop/money.py?"),
        ("nothing_of_that_name", "no file, function or class"),
        ("../outside.py", "no file"),
        ("/etc/passwd:1", "no file"),
        ("--output=x", "no file"),
        ("  ", "no place"),
        ("a\0b", "no place"),
        ("x" * 5000, "no place"),
        ("\ud800", "no file"),
        ("shop", "is a folder"),
    ],
)
def test_what_is_not_there_is_said(shop: tuple[GitRepo, dict[str, str]], text: str, said: str) -> None:
    assert said in refused(shop, text)


def test_what_has_no_lines_is_said(shop: tuple[GitRepo, dict[str, str]], tmp_path: Path) -> None:
    made = shop[0]
    (made.path / "link").symlink_to("shop/money.py")
    made.commit("Add a link and a picture", {"logo.png": b"\x89PNG\0\0"})
    GitRepo(tmp_path / "part").commit("Start", {"a.py": "x = 1\n"})
    made.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "part"), "part")
    made.commit("Add a part")
    assert "symbolic link to shop/money.py" in refused(shop, "link")
    assert "binary" in refused(shop, "logo.png:1")
    assert ask(shop, "logo.png") == ("logo.png", 0, 0, None)
    assert "submodule" in refused(shop, "part")


def test_a_file_that_is_gone_is_offered_as_of_its_last_commit(shop: tuple[GitRepo, dict[str, str]]) -> None:
    made, shas = shop
    before = shas["docs"]
    moved = made.commit(
        "Move money", {"shop/money.py": None, "shop/cents.py": (made.path / "shop/money.py").read_text()}
    )
    gone = made.commit("Drop the warehouse", {"shop/stock.py": None})
    said = refused(shop, "shop/money.py:2")
    assert f"renamed to shop/cents.py in {moved[:10]}" in said
    assert f"--as-of {before[:10]}" in said
    said = refused(shop, "shop/stock.py")
    assert f"deleted in {gone[:10]}" in said
    assert f"--as-of {moved[:10]}" in said


def test_names_that_are_not_text_are_found(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "odd")
    made.commit("Start", {"a b\tc:1.py": "x = 1\n"})
    blob = made.git("hash-object", "-w", "--stdin", data=b"x = 1\n")
    made.git("update-index", "--add", "-z", "--index-info", data=f"100644 {blob}\t".encode() + b"caf\xe9.py\0")
    sha = made.git("commit-tree", made.git("write-tree"), "-p", "HEAD", "-m", "odd name")
    repo = Repository.open(made.path)
    assert find_place(repo, sha, "caf\\xe9.py:1").path == "caf\\xe9.py"
    assert find_place(repo, sha, "a b\tc:1.py:1").start == 1
