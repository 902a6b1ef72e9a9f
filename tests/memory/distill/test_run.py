"""Many memories: kept one by one, paid once, under a budget."""

import json
from pathlib import Path
from typing import Any

import pytest

from memcoder.errors import FaultError
from memcoder.history.repository import Repository
from memcoder.memory.distill.log import DistillLog
from memcoder.memory.distill.run import Budget, distil_shown, distill, estimate
from memcoder.memory.mine import mine
from memcoder.memory.store import MemoryStore
from memcoder.models.scripted import ScriptedModel
from memcoder.records import Link, Memory, RecalledMemory
from tests.helpers import MONEY, GitRepo
from tests.memory.distill.conftest import ROUNDING, WRONG, Script

RESERVE: dict[str, Any] = {
    "keywords": ["reserve", "negative count"],
    "problem": "Less than one item could be reserved.",
    "root_cause": "`reserve` looked at the stock level alone.",
    "solution": "It raises ValueError before the level is changed.",
}


def get(store: MemoryStore, key: str) -> Memory:
    memory = store.get(key)
    assert memory is not None
    return memory


def test_a_distilled_memory_is_a_new_signed_state(store: MemoryStore, rounding: Memory, script: Script) -> None:
    told: list[str] = []
    report = distill(store, script(ROUNDING), [rounding], report=lambda outcome: told.append(outcome.result))
    assert (report.distilled, report.first_try, report.stopped, told) == (1, 1, "", ["distilled"])
    now = get(store, rounding.id)
    assert now.distilled
    assert now.trust == "history"
    assert now.problem == ROUNDING["problem"]
    assert now.keywords == tuple(ROUNDING["keywords"])
    assert [state.distilled for _, state in store.history(rounding.id)] == [False, True]
    # Edited outside, it is noticed: the control of the signature.
    store.database.execute("DROP TRIGGER versions_stay")
    store.database.execute("UPDATE versions SET body = replace(body, 'a cent short', 'a euro short')")
    assert get(store, rounding.id).trust == "quarantined"


def test_what_was_done_is_not_paid_again(store: MemoryStore, rounding: Memory, script: Script) -> None:
    distill(store, script(ROUNDING), [rounding])
    silent = script()
    assert distill(store, silent, [get(store, rounding.id)]).skipped == 1
    # The memory may be an old copy of the caller's: the record says that it is distilled.
    assert distill(store, script(ROUNDING), [rounding]).skipped == 1
    assert len(store.history(rounding.id)) == 2


def test_a_refusal_is_remembered_for_that_model(store: MemoryStore, rounding: Memory, script: Script) -> None:
    model = script(WRONG, WRONG)
    report = distill(store, model, [rounding])
    assert (report.refused, report.usage.calls) == (1, 2)
    assert not get(store, rounding.id).distilled
    assert DistillLog(store).refused(model.name) == {rounding.id}
    assert DistillLog(store).refused("another") == set()
    again = script(ROUNDING)
    assert distill(store, again, [rounding]).skipped == 1
    assert again.prompts == []
    assert distill(store, again, [rounding], retry=True).distilled == 1
    assert DistillLog(store).refused(model.name) == set()


def test_a_log_that_was_cut_off_loses_its_last_line_alone(store: MemoryStore, rounding: Memory, script: Script) -> None:
    model = script(WRONG, WRONG)
    distill(store, model, [rounding])
    log = DistillLog(store)
    with log.path.open("a") as file:
        file.write('{"memory": "cut')
    assert log.refused(model.name) == {rounding.id}
    distill(store, script(WRONG, WRONG), [rounding], retry=True)
    assert len(list(log.entries())) == 2


def test_a_copy_is_filled_from_its_twin(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore, script: Script
) -> None:
    git, shas = shop
    git.git("checkout", "--quiet", "-b", "stable", shas["tests"])
    rounded = MONEY.replace("int(amount * 100) / 100", "int(amount * 100 + 0.5) / 100")
    picked = git.commit("[1.x] Fix rounding of half cents\n\nBackport.", {"shop/money.py": rounded})
    mine(repo, store)
    mine(repo, store, revision="main")
    model = script(ROUNDING)
    both = [get(store, shas["rounding"]), get(store, picked)]
    assert estimate(store, model, both).memories == 1
    report = distill(store, model, both)
    assert (report.distilled, report.copied, report.usage.calls) == (1, 1, 1)
    copy = get(store, picked)
    assert copy.problem == ROUNDING["problem"]
    assert copy.links[-1] == Link(relation="distilled_from", target=shas["rounding"])


def test_a_copy_whose_own_commit_does_not_bear_it_out_is_asked_about(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore, script: Script
) -> None:
    git, shas = shop
    git.git("checkout", "--quiet", "-b", "stable", shas["tests"])
    rounded = MONEY.replace("int(amount * 100) / 100", "int(amount * 100 + 0.5) / 100")
    picked = git.commit("Rounding", {"shop/money.py": rounded})
    mine(repo, store)
    mine(repo, store, revision="main")
    first = ROUNDING | {"problem": "The message says: 'invoices' were a cent short."}
    report = distill(store, script(first, ROUNDING), [get(store, shas["rounding"]), get(store, picked)])
    assert (report.distilled, report.copied) == (2, 0)


def test_money_and_time_end_it(
    shop: tuple[GitRepo, dict[str, str]], store: MemoryStore, rounding: Memory, script: Script
) -> None:
    two = [rounding, get(store, shop[1]["reserve"])]

    class Dear(ScriptedModel):
        def price(self, tokens_in: int, tokens_out: int) -> float:
            return 0.6

    model = script(ROUNDING)
    dear = Dear(Path(model.name.removeprefix("scripted:")))
    report = distill(store, dear, two, budget=Budget(max_cost=0.5))
    assert (report.stopped, report.distilled, dear.prompts) == ("cost", 0, [])
    assert estimate(store, dear, two).cost == 0.6
    report = distill(store, model, two, budget=Budget(max_time=0.0))
    assert (report.stopped, model.prompts) == ("time", [])
    assert distill(store, model, [rounding]).distilled == 1


def test_what_was_done_before_an_interruption_is_kept(
    shop: tuple[GitRepo, dict[str, str]], store: MemoryStore, rounding: Memory, script: Script
) -> None:
    two = [rounding, get(store, shop[1]["reserve"])]

    def interrupt(outcome: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(store, script(ROUNDING), two, report=interrupt)
    assert get(store, rounding.id).distilled
    with pytest.raises(FaultError):  # the model fails in the middle
        distill(store, script(), two)
    assert distill(store, script(RESERVE), [get(store, memory.id) for memory in two]).distilled == 1


def test_estimates_have_seconds_once_a_model_was_used(store: MemoryStore, rounding: Memory, script: Script) -> None:
    model = script(ROUNDING)
    before = estimate(store, model, [rounding])
    assert (before.memories, before.cost, before.seconds) == (1, 0.0, None)
    assert before.tokens_in > 200
    log = DistillLog(store)
    line = {"memory": "x", "model": model.name, "version": 1, "at": 1, "distilled": True, "seconds": 8.0}
    log.path.write_text(json.dumps(line) + "\n")
    assert estimate(store, model, [rounding]).seconds == 8.0


def test_what_is_shown_is_distilled_as_far_as_the_time_reaches(
    shop: tuple[GitRepo, dict[str, str]], store: MemoryStore, rounding: Memory, script: Script
) -> None:
    items = [RecalledMemory(memory=memory, score=1.0) for memory in (rounding, get(store, shop[1]["reserve"]))]
    shown, notes = distil_shown(store, script(), items, 0.0)
    assert (list(shown), len(notes)) == (items, 1)
    assert "2 of 2" in notes[0]
    shown, notes = distil_shown(store, script(ROUNDING, WRONG, WRONG), items, 60.0)
    assert [item.memory.distilled for item in shown] == [True, False]
    assert "1 of 2" in notes[0]
    assert get(store, rounding.id).distilled
    model = script()  # the refusal is remembered: nothing is asked
    distil_shown(store, model, shown, 60.0)
    assert model.prompts == []
    with store.lock("distill"):
        shown, notes = distil_shown(store, script(RESERVE), [items[1]], 60.0)
    assert not shown[0].memory.distilled


def test_quarantined_memories_are_not_shown_to_the_model(store: MemoryStore, rounding: Memory, script: Script) -> None:
    doubted = rounding.model_copy(update={"trust": "quarantined"})
    store.put([doubted])
    model = script(ROUNDING)
    assert distill(store, model, [doubted]).skipped == 1
    assert model.prompts == []
