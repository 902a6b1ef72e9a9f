"""Which memories are shown is learned from outcomes; without outcomes nothing changes."""

from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.memory.bandit import EXPLORED, GAIN, Fared, choose
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.utility import keep_showings
from tests.helpers import GitRepo
from tests.memory.shows import document, simulate

FOUND = [(number, 1.0 / number) for number in range(1, 9)]
QUESTION = "half a cent is rounded wrongly"


def numbers(found: list[tuple[int, float]]) -> list[int]:
    return [number for number, _ in found]


def test_without_outcomes_the_order_and_the_scores_are_what_they_were() -> None:
    assert choose(FOUND, Fared(), 3, "q").ranked == FOUND
    assert choose(FOUND, Fared(), 3, "q").said == {}


def test_what_loses_sinks_and_what_wins_rises_within_bounds() -> None:
    fared = Fared((60, 60), {1: (0, 40), 3: (20, 0), 8: (30, 0)})
    ranked = numbers(choose(FOUND, fared, 8, "q").ranked)
    assert ranked[0] == 3
    assert ranked.index(1) > ranked.index(2)
    assert ranked.index(8) > 1, "that it always won does not make it fit the question"
    assert fared.gain(8) == GAIN
    assert fared.gain(2) == pytest.approx(1.0)
    assert Fared((1000, 1000), {1: (0, 1000)}).gain(1) < 0.11


def test_what_all_lost_together_is_nobodys_fault() -> None:
    fared = Fared((0, 20), dict.fromkeys(range(1, 4), (0, 20)))
    assert numbers(choose(FOUND, fared, 8, "q").ranked) == numbers(FOUND)


def test_in_one_of_ten_recalls_one_place_goes_to_another_memory() -> None:
    fared = Fared((3, 3), {2: (3, 3)})
    tried, given_up = [], []
    for n in range(1000):
        choice = choose(FOUND, fared, 5, f"question {n}")
        shown = numbers(choice.ranked)[:5]
        assert sorted(numbers(choice.ranked)) == numbers(FOUND)
        assert choice == choose(FOUND, fared, 5, f"question {n}"), "equal questions get equal answers"
        if shown != [1, 2, 3, 4, 5]:
            (new,), (old,) = set(shown) - {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5} - set(shown)
            assert choice.said[new][-1].ranker == "explored"
            tried.append(new)
            given_up.append(old)
    assert len(tried) == pytest.approx(1000 * EXPLORED, abs=30)
    assert set(tried) == {6, 7, 8}
    assert set(given_up) == {1, 2, 3}, "what is always shown is left out at times too"


def test_where_one_memory_is_asked_for_it_is_the_best_one() -> None:
    assert {choose(FOUND, Fared((3, 3), {2: (3, 3)}), 1, f"{n}").ranked[0][0] for n in range(100)} == {1}


def found_of(
    repo: Repository, store: MemoryStore, as_of: str, without: frozenset[str] = frozenset()
) -> list[tuple[str, float]]:
    found = recall(repo, store, QUESTION, as_of=as_of, k=2, without=without)
    return [(one.memory.id, one.score) for one in found.memories]


def test_a_recall_is_as_before_until_something_was_decided_and_as_of_earlier_always(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    shas = shop[1]
    mine(repo, store)
    before, earlier = found_of(repo, store, shas["docs"]), found_of(repo, store, shas["rounding"])
    best = before[0][0]
    keep_showings(store, "run-0", shas["docs"], (best,), None, None)
    assert found_of(repo, store, shas["docs"]) == before, "nothing was decided"
    for n in range(1, 30):
        keep_showings(store, f"run-{n}", shas["docs"], (best,), None, False)
        keep_showings(store, f"other-{n}", shas["docs"], (shas["start"],), None, True)
    after = found_of(repo, store, shas["docs"])
    assert dict(after).get(best, 0.0) < 0.2 * before[0][1]
    assert found_of(repo, store, shas["docs"]) == after, "equal questions get equal answers"
    assert found_of(repo, store, shas["docs"], frozenset({"utility"})) == before
    assert found_of(repo, store, shas["rounding"]) == earlier, "what came of later commits is not known then"


def test_in_a_simulation_the_harmful_memory_sinks_and_without_the_bandit_it_stays() -> None:
    on, off = simulate(seed=1, learns=True), simulate(seed=1, learns=False)
    assert off.harmful_last == 100, "the control: it is nearest to every question, and shown each time"
    assert on.harmful_last <= 20
    assert on.helpful_last > off.helpful_last
    assert on.won > off.won


def test_the_table_of_the_documentation_is_what_the_simulation_gives() -> None:
    page = Path(__file__).parents[2] / "docs" / "memory.md"
    assert document() in page.read_text(encoding="utf-8")
