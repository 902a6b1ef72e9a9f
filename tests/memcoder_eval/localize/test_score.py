from pathlib import Path

import pytest
from memcoder_eval.localize.functions import Sized, Sources
from memcoder_eval.localize.gold import Gold
from memcoder_eval.localize.score import Ranked, ranked_functions, score, shown

from memcoder import Place, Repository
from tests.helpers import GitRepo

SOURCE = """\
class Box:
    size = 1

    def put(self):
        def inner():
            pass
        return inner


def last():
    pass
"""
PLACES = (
    Place(path="box.py", symbol="Box", start=1, end=7),
    Place(path="box.py", symbol="Box.put.inner", start=5, end=6),
    Place(path="box.py"),
    Place(path="box.py", symbol="Box.put", start=4, end=7),
    Place(path="box.py", symbol="last", start=10, end=11),
)


@pytest.fixture
def box(tmp_path: Path) -> tuple[Sources, str]:
    repo = GitRepo(tmp_path / "repo")
    commit = repo.commit("one", {"box.py": SOURCE, "other.py": "X = 1\n"})
    return Sources(Repository.open(repo.path)), commit


def test_only_functions_are_ranked_nested_ones_as_the_outer(box: tuple[Sources, str]) -> None:
    sources, commit = box
    assert [one.key for one in ranked_functions(PLACES, sources, commit)] == [
        ("box.py", "Box.put"),
        ("box.py", "last"),
    ]


def test_ranks_of_the_gold(box: tuple[Sources, str]) -> None:
    sources, commit = box
    files = (Place(path="other.py"), Place(path="box.py"))
    gold = Gold(("box.py", "gone.py"), (("box.py", "last"), ("box.py", "gone")), ())
    found = score(files, PLACES, gold, sources, commit)
    assert found["file_ranks"] == [2, None]
    assert found["function_ranks"] == [2, None]
    assert found["budget"]["plain"] == {"2000": False, "4000": False, "8000": False}
    reached = score(files, PLACES, Gold(("box.py",), (("box.py", "last"),), ()), sources, commit)
    assert reached["budget"]["full"] == {"2000": True, "4000": True, "8000": True}


def test_a_budget_is_filled_as_memcoder_packs_it() -> None:
    sizes = (("x", 60, 40), ("y", 90, 70), ("z", 40, 5))
    ranked = [Ranked("a.py", Sized(name, (), full, plain), 0.5) for name, full, plain in sizes]
    assert shown(ranked, 100, "full") == {("a.py", "x"), ("a.py", "z")}
    assert shown(ranked, 110, "plain") == {("a.py", "x"), ("a.py", "z")}
    assert shown(ranked, 115, "plain") == {("a.py", "x"), ("a.py", "y"), ("a.py", "z")}
