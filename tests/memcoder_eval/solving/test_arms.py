"""Each arm's agent is told what its arm should have, and nothing else."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from filelock import FileLock
from memcoder_eval.solving import solve
from memcoder_eval.solving.arms import ARMS
from memcoder_eval.solving.memory import distilling_of, prepare_memory, stores_of
from memcoder_eval.solving.remember import HISTORY, Prepared, open_store
from memcoder_eval.solving.solve import MEMORY, solve_instance
from memcoder_eval.solving.summary import summary

from memcoder import FaultError, SharedBudget, Usage, UsageError
from tests.helpers import GitRepo
from tests.memcoder_eval.solving.world import DISTILLED, ISSUE, Arms, make_arms

PROBLEM = f"Problem: {DISTILLED['problem']}"
MARK = '<data source="memory">'


@dataclass
class Told:
    """What one arm's agent was told, and what came of it."""

    row: dict[str, Any]
    first: str
    recalled: str
    memory: Prepared


@dataclass
class World:
    """Every arm solved once."""

    told: dict[str, Told]
    distilling: int
    """Calls of the model before anything was solved."""
    versions: tuple[list[int], list[int]]
    """States of records in each store, before solving and after."""
    commits: tuple[str, str, int]
    """Of the leak-free clone, of the base commit's ancestors, and how many objects of it are commits."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    arms = make_arms(tmp_path_factory.mktemp("arms"))
    arms.prepare()
    distilling, before = len(arms.model.prompts), _versions(arms)
    told = {arm: Told(arms.solve(arm), arms.model.first, arms.model.recalled, arms.memory(arm)) for arm in ARMS}
    clone = GitRepo(arms.out / "clones" / arms.instance.id)
    objects = clone.git("cat-file", "--batch-all-objects", "--batch-check")
    ancestors = GitRepo(arms.source.path).git("rev-list", arms.instance.question.base_commit)
    commits = (clone.git("rev-list", "--all"), ancestors, objects.count(" commit "))
    return World(told, distilling, (before, _versions(arms)), commits)


def rankers_of(told: Told) -> set[str]:
    """Rankers that stand as evidence for the first places."""
    first = told.memory.first
    return {one.ranker for place in (*first.symbols, *first.files) for one in place.evidence}


def _versions(arms: Arms) -> list[int]:
    found = []
    for name in ("none", "raw", "structured"):
        with open_store(stores_of(arms.out / MEMORY, arms.instance), name, arms.settings, arms.source) as store:
            found.append(store.database.execute("SELECT count(*) FROM versions").fetchone()[0])
    return found


def test_without_memory_the_code_alone_says_where(world: World) -> None:
    told = world.told["none"]
    assert (told.row["state"], told.row["memories"], told.row["distilled_share"]) == ("ended", [], None)
    assert "shop/money.py: format_price" in told.first
    assert "Earlier changes" not in told.first
    assert "by custom" not in told.first
    assert "shop/stock.py" in told.recalled
    assert MARK not in told.recalled
    assert rankers_of(told)
    assert not rankers_of(told) & HISTORY
    assert told.memory.customs == ()


def test_raw_commits_are_told_as_they_were_mined(world: World) -> None:
    told = world.told["raw"]
    assert (len(told.row["memories"]), told.row["distilled"]) == (2, [])
    assert told.first.count(MARK) == 2
    assert MARK in told.recalled
    assert "warehouse" in told.recalled
    assert DISTILLED["problem"] not in told.first + told.recalled
    assert rankers_of(told) & HISTORY


def test_structured_memories_are_distilled_where_they_are_shown(world: World) -> None:
    told = world.told["structured"]
    assert told.row["distilled_share"] == 1.0
    assert told.first.count(PROBLEM) == 2
    assert told.first.count("Solution: ") == 2
    assert world.distilling <= 6, "what is not shown is not distilled"


def test_shuffled_is_formed_like_structured_and_speaks_of_other_issues(world: World) -> None:
    right, told = world.told["structured"], world.told["shuffled"]
    assert len(told.row["memories"]) == len(right.row["memories"]) == 2
    assert not set(told.row["memories"]) & set(right.row["memories"])
    assert told.row["distilled_share"] == 1.0
    assert told.first.count(PROBLEM) == 2
    assert told.memory.first.symbols == world.told["none"].memory.first.symbols
    assert told.memory.customs == right.memory.customs


def test_the_oracle_knows_where_and_not_how(world: World) -> None:
    told = world.told["oracle"]
    assert told.row["memories"] == []
    assert "shop/money.py: format_price, lines 5 to 6" in told.first
    assert "shop/reports.py" not in told.first
    assert "{currency} {amount:.2f}" not in told.first
    assert [place.symbol for place in told.memory.first.symbols] == ["format_price"]
    assert MARK not in told.recalled
    assert told.memory.customs == ()


def test_every_arm_is_asked_the_same_and_none_knows_what_names_the_pull_request(world: World) -> None:
    for told in world.told.values():
        assert told.memory.first.query == ISSUE
        assert ISSUE in told.first
        assert "Prices in reports" not in told.first + told.recalled


def test_a_row_says_what_came_of_it(world: World) -> None:
    row = world.told["raw"].row
    assert (row["category"], row["verdict"]) == ("unverified", "unverified")
    assert '+    return f"{currency} {amount:.2f}"' in row["patch"]
    assert (row["steps"], row["tokens"], row["cost"], row["seed"]) == (3, 33, 0.0, 0)
    assert row["quality"]["file_iou"] == 1.0
    assert (row["quality"]["changed_lines"], row["quality"]["changed_lines_reference"]) == (2, 3)


def test_solving_writes_no_memory(world: World) -> None:
    before, after = world.versions
    assert before == after
    assert before[0] == 0
    assert before[2] > before[1] > 0


def test_the_clone_of_an_instance_has_no_future(world: World) -> None:
    here, ancestors, objects = world.commits
    assert here == ancestors
    assert objects == len(ancestors.split())


def test_another_seed_shuffles_otherwise_and_the_same_one_does_not(arms: Arms) -> None:
    found = []
    for seed in (0, 1, 2, 3, 0):
        arms.settings = arms.settings.model_copy(update={"seed": seed})
        arms.prepare(["shuffled"])
        found.append(tuple(item.memory.id for item in arms.memory("shuffled").first.memories))
    assert len(set(found)) > 1
    assert found[0] == found[-1]


def test_what_was_prepared_is_not_made_again(arms: Arms) -> None:
    arms.prepare(["structured"])
    asked = len(arms.model.prompts)
    file = next((arms.out / MEMORY / "recalls" / "structured").rglob("*.json"))
    made = file.stat().st_mtime_ns
    arms.prepare(["structured"])
    assert len(arms.model.prompts) == asked > 0
    spent = distilling_of([arms.instance], arms.out / MEMORY, arms.settings, arms.clones)
    assert (spent["asked"], spent["distilled"], spent["tokens"]) == (asked, asked, 0)
    assert file.stat().st_mtime_ns == made


def test_what_is_missing_is_a_fault_that_says_what(arms: Arms) -> None:
    row = arms.solve("raw")
    assert (row["state"], row["category"]) == ("fault", "memory")
    assert "was not prepared" in row["error"]
    arms.folder = arms.folder / "elsewhere"
    assert arms.solve("raw")["category"] == "missing"
    with pytest.raises(UsageError, match="unknown arms: other"):
        arms.solve("other")


def test_an_attempt_that_leaves_nothing_ends_at_a_limit_without_a_patch(arms: Arms) -> None:
    arms.prepare(["none"])
    arms.settings = arms.settings.model_copy(update={"max_steps": 1})
    row = arms.solve("none")
    assert (row["state"], row["category"], row["patch"], row["quality"]) == ("ended", "limit", "", None)


def test_a_model_that_fails_is_a_fault_and_the_same_run_goes_on(arms: Arms) -> None:
    arms.prepare(["none"])
    working = arms.model.calls
    arms.model.calls = ()
    chat, arms.model.chat = arms.model.chat, _failing  # type: ignore[method-assign]
    row = arms.solve("none")
    assert (row["state"], row["category"], row["error"]) == ("fault", "solving", "the model is out")
    arms.model.chat, arms.model.calls = chat, working  # type: ignore[method-assign]
    again = arms.solve("none")
    assert again["state"] == "ended"
    asked = len(arms.model.prompts)
    assert arms.solve("none") == again, "a row that was lost is made of the run that ended"
    assert len(arms.model.prompts) == asked
    assert len(list((arms.out / "runs" / "none" / arms.instance.id).iterdir())) == 1


def _failing(*arguments: Any, **named: Any) -> Any:
    raise FaultError("the model is out", "wait")


def test_a_budget_that_is_spent_and_a_full_disk_are_faults_of_their_own_kind(
    arms: Arms, monkeypatch: pytest.MonkeyPatch
) -> None:
    arms.prepare(["none"])
    budget = SharedBudget(max_tokens=10)
    budget.charge(Usage(tokens_in=10))
    rest = (arms.settings, arms.clones, arms.out)
    assert solve_instance(arms.instance, "none", *rest, model=arms.model, budget=budget)["category"] == "budget"

    def full(*arguments: Any, **named: Any) -> Any:
        raise FaultError("the disk is full: /somewhere", "free some of it", "disk")

    monkeypatch.setattr(solve, "prepare", full)
    assert arms.solve("none")["category"] == "disk"


def test_what_cannot_be_prepared_stops_nothing_else(arms: Arms) -> None:
    gone = replace(arms.instance.question, id="example__shop-22", base_commit="0" * 40)
    elsewhere = replace(arms.instance.question, id="example__none-1", repo="example/none")
    unfit = replace(arms.instance.question, id="example__shop-23")
    every = [replace(arms.instance, question=one) for one in (gone, elsewhere)]
    every += [
        replace(arms.instance, question=unfit, patch=arms.instance.patch.replace("return", "give")),
        arms.instance,
    ]
    said: list[str] = []
    prepare_memory(every, ["none", "oracle"], arms.clones, arms.out / MEMORY, arms.settings, said.append)
    assert [line.partition(":")[0] for line in said] == [
        "example__shop-22", "example__shop-23, oracle", "example__none-1",
    ]  # fmt: skip
    assert arms.solve("oracle")["state"] == "ended"
    categories = []
    for one in every[:3]:
        arms.instance = one
        categories.append(arms.solve("oracle")["category"])
    assert categories == ["missing", "missing", "memory"]


def test_what_the_model_does_not_distil_is_shown_raw_and_counted(arms: Arms) -> None:
    arms.model.distils = "I cannot say."
    arms.prepare(["structured"])
    row = arms.solve("structured")
    assert (len(row["memories"]), row["distilled"], row["distilled_share"]) == (2, [], 0.0)
    (told,) = summary([row], {}, total=1)["arms"]
    assert told["invalid"]


def test_a_model_that_fails_while_it_distils_stops_the_preparing_which_then_goes_on(arms: Arms) -> None:
    chat, arms.model.chat = arms.model.chat, _failing  # type: ignore[method-assign]
    with pytest.raises(FaultError, match="the model is out"):
        arms.prepare(["structured"])
    arms.model.chat = chat  # type: ignore[method-assign]
    arms.prepare(["structured"])
    assert arms.solve("structured")["distilled_share"] == 1.0


def test_two_processes_do_not_prepare_one_memory(arms: Arms) -> None:
    """One would find the other distilling, and keep answers with raw memories in them."""
    (arms.out / MEMORY).mkdir(parents=True, exist_ok=True)
    with (
        FileLock(arms.out / MEMORY / "lock"),
        pytest.raises(UsageError, match="another process prepares the memory"),
    ):
        prepare_memory([arms.instance], ["none"], arms.clones, arms.out / MEMORY, arms.settings, print)
