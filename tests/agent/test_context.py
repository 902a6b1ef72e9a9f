from pathlib import Path

import pytest

from memcoder.agent.context import ROOMY, Context, choose_context
from memcoder.agent.locate import to_location
from memcoder.history.repository import Repository
from memcoder.records import Place, Recall
from memcoder.verify.spectrum import Spectrum
from tests.helpers import GitRepo

SOURCE = '''\
import math


class Shape:
    def area(
        self, w: int, h: int
    ) -> int:
        """Width times height."""
        return w + h

    def edge(self, w, h):
        return 2 * (w + h)


# Pythagoras
def diagonal(w, h):
    def square(x):
        return x * x

    return math.sqrt(square(w) + square(h))


"""
diagonal(3, 4) is 5
"""
'''
AREA, EDGE = Place(path="shape.py", symbol="Shape.area", start=5, end=9), Place(path="shape.py", start=11, end=12)
DIAGONAL, SQUARE = Place(path="shape.py", start=16, end=20), Place(path="shape.py", start=17, end=18)
SHAPE, FILE = Place(path="shape.py", symbol="Shape", start=4, end=12), Place(path="shape.py")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = GitRepo(tmp_path / "repo")
    long = "def long():\n" + "    print(1)\n" * 300
    made.commit(
        "Shapes", {"shape.py": SOURCE, "long.py": long, "test_shape.py": "x = 1\n", "one.py": "def f(): pass\n"}
    )
    return Repository.open(made.path)


def choose(repo: Repository, *places: Place, spectrum: dict[int, float] | None = None) -> Context:
    found = Recall(query="", as_of="", symbols=places)
    lines = {"shape.py": spectrum} if spectrum else {}
    return choose_context(repo, "HEAD", found, Spectrum(lines=lines))


def functions(context: Context) -> list[str]:
    return [place.function for place in context.locations]


def test_recall_s_order_holds_where_nothing_failed(repo: Repository) -> None:
    assert functions(choose(repo, EDGE, AREA, DIAGONAL)) == ["edge", "area", "diagonal"]


def test_what_failing_tests_ran_comes_first(repo: Repository) -> None:
    assert functions(choose(repo, EDGE, AREA, DIAGONAL, spectrum={20: 1.0, 8: 0.3})) == ["diagonal", "area"], (
        "edge was not run"
    )


def test_inner_places_stand_for_what_is_around_them_but_a_function_is_whole(repo: Repository) -> None:
    assert functions(choose(repo, FILE, SHAPE, AREA, SQUARE)) == ["area", "diagonal"]


def test_a_function_has_its_header_as_an_answer_would_begin_it(repo: Repository) -> None:
    place = choose(repo, AREA).locations[0]
    assert (place.start, place.end) == (5, 9)
    assert place.header == 'def area(\n    self, w: int, h: int\n) -> int:\n    """Width times height."""'
    assert choose(repo, Place(path="one.py", start=1, end=1)).locations[0].header == ""


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ('def f():\n    """Only said."""\n', "def f():"),
        ('class A:\n    def f(self):\n        """Says\n  elsewhere."""\n        return 1\n', "def f(self):"),
        ('def f():\n    """Says."""\n    # Why.\n    return 1\n', 'def f():\n    """Says."""\n    # Why.'),
        ('@cached\ndef f():\n    """Says."""\n\n    @cached\n    def g():\n        pass\n', None),
        ("def f(): return 1\n", ""),
        ("def f(\n    a): return a\n", ""),
        ('def f():\n    """Says."""; return 1\n', "def f():"),
    ],
    ids=("docstring alone", "docstring further left", "comment", "decorators", "one line", "shared line", "two in one"),
)
def test_a_header_ends_before_what_the_function_does(source: str, header: str | None) -> None:
    line = source.splitlines().index(next(line for line in source.splitlines() if "def f(" in line)) + 1
    place = to_location(Place(path="a.py", start=line, end=line), source, Spectrum())
    assert place.header == ('@cached\ndef f():\n    """Says."""\n' if header is None else header)


def test_a_small_model_sees_one_function_at_a_time_with_what_is_said_beside_it(repo: Repository) -> None:
    views = choose(repo, DIAGONAL, AREA).views(ROOMY - 1)
    assert [view.focus and view.focus.function for view in views] == ["diagonal", "area"]
    text = views[0].excerpts[0].text
    assert text.startswith("# Pythagoras\ndef diagonal")
    assert text.endswith('diagonal(3, 4) is 5\n"""')
    assert "class" not in views[1].excerpts[0].text


def test_a_large_model_sees_everything_at_once(repo: Repository) -> None:
    (view,) = choose(repo, DIAGONAL, AREA).views(ROOMY)
    assert len(view.excerpts) == 2
    assert view.focus is None


def test_a_long_function_is_shown_around_its_most_suspicious_line(repo: Repository) -> None:
    found = Recall(query="", as_of="", symbols=(Place(path="long.py", start=1, end=301),))
    place = choose_context(repo, "HEAD", found, Spectrum(lines={"long.py": {200: 1.0}})).locations[0]
    assert place.start < 200 < place.end
    assert place.end - place.start + 1 == 120
    assert place.header == ""


def test_a_part_of_a_long_function_is_not_lost(repo: Repository) -> None:
    found = Recall(query="", as_of="", symbols=(Place(path="long.py", start=250, end=260),))
    place = choose_context(repo, "HEAD", found).locations[0]
    assert place.start <= 250 <= place.end


def test_a_long_comment_is_cut(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "other")
    made.commit("Talk", {"talk.py": "# words\n" * 500 + "def f():\n    return 1\n"})
    found = Recall(query="", as_of="", symbols=(Place(path="talk.py", start=501, end=502),))
    (view,) = choose_context(Repository.open(made.path), "HEAD", found).views(0)
    assert view.excerpts[0].text.count("\n") == 31


def test_a_failing_test_that_is_recalled_does_not_crowd_out_the_code(repo: Repository) -> None:
    found = Recall(query="", as_of="", symbols=(Place(path="test_shape.py", start=1, end=1), AREA))
    spectrum = Spectrum(lines={"test_shape.py": {1: 1.0}})
    assert functions(choose_context(repo, "HEAD", found, spectrum)) == ["area"]


def test_tests_and_protected_files_are_not_shown(repo: Repository) -> None:
    found = Recall(query="", as_of="", symbols=(Place(path="test_shape.py"), AREA, Place(path="gone.py")))
    assert choose_context(repo, "HEAD", found, protected=("shape.py",)).locations == ()
    assert len(choose_context(repo, "HEAD", found).locations) == 1
