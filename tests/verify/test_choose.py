"""Which test files matter to what was recalled, and how many of them fit into a time budget."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.records import Place, Recall, TestRun
from memcoder.verify.choose import Ranked, choose, pack, rank_tests
from tests.helpers import GitRepo

TESTS = {
    "tests/test_imports.py": "from shop.cart import Cart\n\n\ndef test_a():\n    pass\n",
    "tests/test_history.py": "def test_b():\n    pass\n",
    "tests/test_names.py": "def test_c():\n    assert 'round_total'\n",
    "tests/test_cart.py": "def test_d():\n    pass\n",
    "tests/test_other.py": "def test_e():\n    pass\n\n\ndef test_f():\n    pass\n",
}
RECALL = Recall(
    query="",
    as_of="",
    symbols=(Place(path="shop/cart.py", symbol="Cart.round_total", start=1, end=2),),
    files=(Place(path="tests/test_other.py"),),
)


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"shop/cart.py": "class Cart: pass\n", **TESTS})
    for turn in range(3):
        made.commit(
            f"Fix {turn}", {"shop/cart.py": f"class Cart: x = {turn}\n", "tests/test_history.py": f"# {turn}\n"}
        )
    made.commit("Later", {"tests/test_other.py": "# later\n" + TESTS["tests/test_other.py"]})
    return Repository.open(made.path)


def test_history_names_imports_and_likeness_each_bring_a_test_file_up(repo: Repository) -> None:
    ranked = rank_tests(repo, repo.head(), RECALL, sorted(TESTS))
    assert ranked.paths[-1] == "tests/test_other.py", "nothing speaks of it; that recall names it does not count"
    assert set(ranked.paths) == set(TESTS)
    for lone in ("tests/test_imports.py", "tests/test_history.py", "tests/test_names.py", "tests/test_cart.py"):
        alone = rank_tests(repo, repo.head(), RECALL, ["tests/test_other.py", lone])
        assert alone.paths[0] == lone
    assert ranked.guesses["tests/test_other.py"] == pytest.approx(0.4)


def test_what_came_after_the_commit_does_not_count(repo: Repository) -> None:
    start = repo.resolve("HEAD~4")
    names = ["tests/test_a.py", "tests/test_history.py"]
    tree_names = [name for name in names if name in repo.tree(start)]
    assert rank_tests(repo, start, Recall(query="", as_of=""), tree_names).paths == ("tests/test_history.py",)
    with_history = rank_tests(repo, start, RECALL, ["tests/test_history.py", "tests/test_cart.py"])
    assert with_history.paths[0] == "tests/test_cart.py", "as of the start nothing had changed with the cart"


def test_a_file_that_does_not_fit_is_passed_over_but_the_first_is_always_there() -> None:
    seconds = {"a": 50.0, "b": 3.0, "c": 4.0}
    assert pack(["a", "b", "c"], seconds, 10.0) == ["a"]
    assert pack(["b", "a", "c"], seconds, 10.0) == ["b", "c"]


class Machine:
    """Runs test files that take so many seconds each, and stops at the budget."""

    def __init__(self, takes: float, budget: float, tells: bool = True) -> None:
        self.takes, self.budget, self.tells = takes, budget, tells
        self.asked: list[int] = []

    def __call__(self, paths: Sequence[str]) -> TestRun:
        self.asked.append(len(paths))
        seconds = min(self.takes * len(paths), self.budget)
        ended = self.takes * len(paths) < self.budget
        told = dict.fromkeys(paths, self.takes) if ended and self.tells else {}
        return TestRun(command="t", exit_code=0, seconds=seconds, timed_out=not ended, file_seconds=told)


def ranked(count: int, guess: float = 1.0) -> Ranked:
    paths = tuple(f"t{number}" for number in range(count))
    return Ranked(paths, dict.fromkeys(paths, guess))


def test_a_suite_that_fits_is_run_whole_and_once() -> None:
    machine = Machine(takes=0.5, budget=60)
    assert len(choose(ranked(40), 60, machine)) == 40
    assert machine.asked == [40]


@pytest.mark.parametrize("tells", [True, False])
def test_where_guesses_were_too_high_more_is_chosen(tells: bool) -> None:
    machine = Machine(takes=0.1, budget=60, tells=tells)
    chosen = choose(ranked(400), 60, machine)
    assert machine.asked[0] == 60
    assert len(chosen) == 400
    assert len(machine.asked) == 2


def test_where_guesses_were_too_low_less_is_chosen_until_it_ends() -> None:
    machine = Machine(takes=3.5, budget=60)
    chosen = choose(ranked(400), 60, machine)
    assert machine.asked == [60, 15]
    assert chosen == [f"t{number}" for number in range(15)], "the first ones, which matter most"


def test_tests_that_never_end_are_given_up_after_a_few_runs() -> None:
    machine = Machine(takes=1000, budget=60)
    assert choose(ranked(400), 60, machine) == ["t0"]
    assert len(machine.asked) == 3
