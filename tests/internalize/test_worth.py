"""Worth and the trigger: each part moves the score its way, and only what a human's word stands for may be taught."""

from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.internalize.due import Survey, survey
from memcoder.internalize.worth import Touched, superseded_by, why_not, worth_of
from memcoder.memory.signing import body_of
from memcoder.memory.vanished import reachable
from memcoder.records import Adapter, Link, Memory, Utility
from tests.internalize.shop import commit, fix, make_repo, opened, touching

BASE = "b" * 64


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return make_repo(tmp_path / "shop")


def score(memory: Memory, *past: Memory) -> float:
    return worth_of(memory, Touched(past)).score


def test_what_helped_is_worth_more_and_what_harmed_less(repo: Repository) -> None:
    plain = fix(repo, 0)
    used = plain.model_copy(update={"utility": Utility(shown=5, used=3, won=4, lost=0)})
    harmed = plain.model_copy(update={"utility": Utility(shown=5, used=3, won=0, lost=4)})
    past = [touching(repo, plain, at, 2_000) for at in range(4)]
    assert score(used, *past) > score(plain, *past) > score(harmed, *past)


def test_files_that_change_again_are_worth_more_than_those_that_never_do(repo: Repository) -> None:
    memory = fix(repo, 0)
    later = [touching(repo, memory, at, 2_000) for at in range(4)]
    before = [touching(repo, memory, at, 500) for at in range(4)]
    assert score(memory, *later) > score(memory, *before) > score(memory)
    assert worth_of(memory, Touched([])).rarity == 1.0
    assert worth_of(memory, Touched(later)).recurrence == pytest.approx(4 / 9)


def test_corrections_say_more_and_long_diffs_cost_more(repo: Repository) -> None:
    plain = fix(repo, 0)
    past = [touching(repo, plain, at, 2_000) for at in range(9)]
    guard = plain.model_copy(update={"kind": "guardrail"})
    long = plain.model_copy(update={"change": plain.change.model_copy(update={"patch": "x" * 6_000})})
    assert score(guard, *past) > score(plain, *past) > score(long, *past)
    line = worth_of(plain, Touched(past)).line
    assert line.startswith(f"{score(plain, *past):.2f} = +0.00 reuse")
    assert "-0.10 rarity" in line


def test_worth_is_never_below_nothing(repo: Repository) -> None:
    reverted = fix(repo, 0).model_copy(update={"links": (Link(relation="reverted_by", target="a" * 40),)})
    assert score(reverted) == 0.0


def test_only_a_humans_word_is_taught(repo: Repository) -> None:
    alive = reachable(repo)
    good = fix(repo, 0)
    assert why_not(good, {}, alive) == "", "control"
    cases = {
        "no human": [good.model_copy(update={"trust": trust}) for trust in ("history", "imported")],
        "no human's word": [commit(repo, 1)],
        "quarantined": [good.model_copy(update={"trust": "quarantined"})],
        "retired: useless": [good.model_copy(update={"retired": "useless"})],
        "reverted by aaaa": [good.model_copy(update={"links": (Link(relation="reverted_by", target="a" * 40),)})],
        "no branch or tag": [
            good.model_copy(update={"provenance": good.provenance.model_copy(update={"commit": "f" * 40})})
        ],
    }
    for reason, memories in cases.items():
        assert all(reason in why_not(memory, {}, alive) for memory in memories), reason
    newer = fix(repo, 1).model_copy(update={"links": (Link(relation="supersedes", target=good.id),)})
    assert "superseded by fix-1" in why_not(good, superseded_by([good, newer]), alive)
    planted = newer.model_copy(update={"trust": "imported"})
    assert why_not(good, superseded_by([good, planted]), alive) == "", "what nobody accepted supersedes nothing"


def test_a_memory_that_was_edited_outside_is_not_taught(repo: Repository) -> None:
    fixes = [fix(repo, 0), fix(repo, 1)]
    with opened(repo, [*fixes, *history(repo, fixes)]) as store:
        edited = fix(repo, 0).model_copy(update={"message": "Totals are right after rm -rf"})
        with store.writing():
            store.append(edited, body_of(edited), "v1:" + "0" * 64)
        found = look(list(store.all()), repo)
    assert "edited outside" in found.refused["fix-0"]
    assert [one.memory.id for one in found.plans[0].new] == ["fix-1"], "control: the other one stays"


def look(memories: list[Memory], repo: Repository, *adapters: Adapter, promoted: bool = True) -> Survey:
    standing = {one.area: one for one in adapters if promoted and one.verdict == "accepted"}
    return survey(memories, reachable(repo), adapters, standing, lambda: BASE)


def adapter(repo: Repository, *memories: str, **more: object) -> Adapter:
    values = {"id": "a1", "repository": repo.key, "base": "b", "base_sha256": BASE, "verdict": "accepted"}
    return Adapter.model_validate({**values, "memories": memories, "created": 1, **more})


def history(repo: Repository, fixes: list[Memory]) -> list[Memory]:
    """Later commits, so that each fix is worth the same and something."""
    return [touching(repo, one, 10 * at + again, 2_000) for at, one in enumerate(fixes) for again in range(5)]


def test_due_is_a_share_of_what_the_last_adapter_holds_and_enough_fixes(repo: Repository) -> None:
    fixes = [fix(repo, at) for at in range(10)]
    past = history(repo, fixes)
    assert not look([*fixes[:4], *past], repo).plans[0].due, "four are too few"
    assert look([*fixes[:5], *past], repo).plans[0].due
    held = adapter(repo, *(one.id for one in fixes[:5]))
    assert look([*fixes, *past], repo, held).plans[0].due
    assert not look([*fixes[:9], *past], repo, held).plans[0].due
    refused = held.model_copy(update={"verdict": "refused"})
    plan = look([*fixes[:5], *past], repo, refused).plans[0]
    assert not plan.due, "what the gate refused is not tried again until more is there"
    assert len(plan.new) == 5
    assert "adapter a1, refused" in plan.lines[0]


def test_training_goes_on_from_the_promoted_adapter_if_all_it_holds_may_stay(repo: Repository) -> None:
    fixes = [fix(repo, at) for at in range(6)]
    past = history(repo, fixes)
    held = adapter(repo, "fix-0", "fix-1")
    plan = look([*fixes, *past], repo, held).plans[0]
    assert plan.parent == held
    assert {one.memory.id for one in plan.old} == {"fix-0", "fix-1"}
    assert {one.memory.id for one in plan.new} == {"fix-2", "fix-3", "fix-4", "fix-5"}
    other = held.model_copy(update={"base_sha256": "c" * 64})
    assert look([*fixes, *past], repo, other).plans[0].parent is None
    fixes[0] = fixes[0].model_copy(update={"retired": "wrong"})
    plan = look([*fixes, *past], repo, held).plans[0]
    assert plan.parent is None, "weights cannot forget a memory"
    assert "1 memories that may not be taught any more (fix-0)" in plan.lines[-1]
    assert {one.memory.id for one in plan.new} == {f"fix-{at}" for at in range(1, 6)}


def test_areas_have_adapters_of_their_own_and_small_ones_are_put_together(repo: Repository) -> None:
    store = [fix(repo, at, folder="store") for at in range(5)]
    web = [fix(repo, at, folder="web") for at in range(5, 8)]
    root = [fix(repo, 8, folder="tools")]
    fixes = [*store, *web, *root]
    plans = look([*fixes, *history(repo, fixes)], repo).plans
    assert {plan.area: {one.id for one in plan.memories} for plan in plans} == {
        "": {"fix-5", "fix-6", "fix-7", "fix-8"},
        "store": {f"fix-{at}" for at in range(5)},
    }
    odd = [fix(repo, at, folder="a\\b\x1b") for at in range(5)]
    plans = look([*odd, *web, *history(repo, [*odd, *web])], repo).plans
    assert [plan.area for plan in plans] == [""], "no adapter can be named by such a folder"
    alone = look([*store, *history(repo, store)], repo).plans
    assert [plan.area for plan in alone] == [""], "a project of one folder is one area"
