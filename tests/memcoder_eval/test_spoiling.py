import ast
import random
from pathlib import Path

import pytest
from memcoder_eval.patches import Patch
from memcoder_eval.spoiling import WAYS

from memcoder import Repository
from tests.helpers import GitRepo

BASE = '''\
def cents(text):
    """Of a price."""
    whole, _, part = text.partition(".")
    value = int(whole) * 100
    return value + int(part or 0)


def other(items):
    # A remark.
    found = [item for item in items if item]
    return found
'''
MERGED = BASE + "\n\ndef total(texts, extra = 0):\n    result = cents(texts[0])\n    return result + extra\n"
TEST = "def test_total():\n    pass\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"app/money.py": BASE})
    return Repository.open(made.path)


def spoil(repo: Repository, way: str, patch: Patch) -> Patch | None:
    return WAYS[way](repo, repo.head(), patch, random.Random(0))


def test_each_way_spoils_one_thing(repo: Repository) -> None:
    patch: Patch = {"app/money.py": MERGED.encode(), "tests/test_money.py": TEST.encode()}
    spoiled = {way: spoil(repo, way, patch) for way in WAYS}
    assert all(found is not None for found in spoiled.values())
    told = {way: (found or {}).get("app/money.py") or b"" for way, found in spoiled.items()}
    assert set(spoiled["tests dropped"] or ()) == {"app/money.py"}
    assert b"text = texts[0]\n    whole, _, part = text.partition" in told["helper written out"]
    assert b"result = value + int(part or 0)" in told["helper written out"]
    assert (
        b"def total(texts,extra=0):\n    result=cents(texts[0])\n    return result+extra" in told["formatting broken"]
    )
    assert ast.dump(ast.parse(told["formatting broken"])) == ast.dump(ast.parse(MERGED))
    assert told["other lines rewritten"].endswith(MERGED[MERGED.index("def total") :].encode())
    assert told["other lines rewritten"] != MERGED.encode()
    for way, found in spoiled.items():
        if way != "tests dropped":
            assert (found or {})["tests/test_money.py"] == TEST.encode()


def test_a_helper_that_cannot_be_written_out_is_copied(repo: Repository) -> None:
    merged = MERGED.replace("result = cents(texts[0])", "result = 1 + cents(texts[0])")
    found = spoil(repo, "helper written out", {"app/money.py": merged.encode()}) or {}
    assert b"result = 1 + cents_here(texts[0])" in (found["app/money.py"] or b"")
    assert b"def cents_here(text):" in (found["app/money.py"] or b"")


def test_methods_and_functions_of_modules_are_helpers_too(repo: Repository, tmp_path: Path) -> None:
    through = b"from app import money\n\n\ndef total(texts):\n    return 1 + money.cents(texts[0])\n"
    found = (spoil(repo, "helper written out", {"app/cart.py": through}) or {})["app/cart.py"] or b""
    assert b"return 1 + cents_here(texts[0])" in found
    assert b"def cents_here(text):" in found
    method = "class Purse:\n    def add(self, amount):\n        left = amount\n        left += 1\n        return left\n"
    made = GitRepo(tmp_path / "purse")
    made.commit("Start", {"purse.py": method})
    merged = method + "\n    def twice(self, amount):\n        return self.add(amount){}\n"
    for more, said in (("", b"return left\n"), (" * 2", b"return self.add_here(amount) * 2")):
        patch: Patch = {"purse.py": merged.format(more).encode()}
        written = (spoil(Repository.open(made.path), "helper written out", patch) or {})["purse.py"] or b""
        assert said in written.partition(b"def twice")[2]
        assert (b"    def add_here(self, amount):" in written) == bool(more)


def test_where_there_is_nothing_to_spoil(repo: Repository) -> None:
    patch: Patch = {"README.md": b"# Money\n", "gone.py": None}
    assert {way: spoil(repo, way, patch) for way in WAYS} == dict.fromkeys(WAYS)
