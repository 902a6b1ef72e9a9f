"""What runs make of the memories they were shown is counted once, signed, and moves nothing else."""

import sqlite3

import pytest

from memcoder.history.repository import Repository
from memcoder.memory.bandit import Fared
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.signing import body_of, sign
from memcoder.memory.store import MemoryStore
from memcoder.memory.utility import fared, keep_showings, outcome_of, showings
from memcoder.memory.vectors import pending
from memcoder.records import Memory, Patch, Provenance, Showing, TestRun, Utility, Verdict
from tests.helpers import GitRepo

Shop = tuple[GitRepo, dict[str, str]]
MONEY = Patch(diff="…", files=("shop/money.py",))
DOCS = Patch(diff="…", files=("README.md", "tests/test_cart.py"))
RAN = TestRun(command="pytest", exit_code=1)


@pytest.fixture
def mined(repo: Repository, store: MemoryStore) -> MemoryStore:
    mine(repo, store)
    return store


def utility(store: MemoryStore, memory_id: str) -> Utility:
    memory = store.get(memory_id)
    assert memory is not None
    assert memory.trust != "quarantined"
    return memory.utility


def test_a_verified_run_moves_what_it_was_shown(shop: Shop, mined: MemoryStore) -> None:
    money, docs, cart = shop[1]["rounding"], shop[1]["docs"], shop[1]["cart"]
    assert keep_showings(mined, "run-1", docs, (money, docs, money), MONEY, True) == 2
    assert utility(mined, money) == Utility(shown=1, used=1, won=1)
    assert utility(mined, docs) == Utility(shown=1, won=1)
    assert utility(mined, cart) == Utility()
    keep_showings(mined, "run-2", docs, (money,), DOCS, False)
    keep_showings(mined, "run-3", docs, (money,), None, None)
    assert utility(mined, money) == Utility(shown=3, used=1, won=1, lost=1)


def test_documents_and_tests_are_no_place_that_was_pointed_at(shop: Shop, mined: MemoryStore) -> None:
    keep_showings(mined, "run-1", shop[1]["docs"], (shop[1]["docs"], shop[1]["tests"]), DOCS, True)
    assert [utility(mined, shop[1][name]).used for name in ("docs", "tests")] == [0, 0]


def test_the_same_run_again_counts_nothing_twice_and_a_resumed_one_counts_as_it_ended(
    shop: Shop, mined: MemoryStore
) -> None:
    money, head = shop[1]["rounding"], shop[1]["docs"]
    assert keep_showings(mined, "run-1", head, (money,), None, None) == 1
    assert keep_showings(mined, "run-1", head, (money,), None, None) == 0
    assert keep_showings(mined, "run-1", head, (money,), MONEY, True) == 1, "a limit had stopped it, and it went on"
    assert utility(mined, money) == Utility(shown=1, used=1, won=1)
    assert showings(mined) == [Showing(run="run-1", memory=money, commit=head, used=True, won=True)]


def test_every_state_stays_and_no_index_is_made_anew(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    money, head = shop[1]["rounding"], shop[1]["docs"]
    segments = mined.database.execute("SELECT count(*) FROM segments").fetchone()
    assert pending(mined) == []
    keep_showings(mined, "run-1", head, (money,), MONEY, True)
    assert [state.utility.shown for _, state in mined.history(money)] == [0, 1]
    assert pending(mined) == [], "its vector is still its vector"
    assert mined.database.execute("SELECT count(*) FROM segments").fetchone() == segments
    assert recall(repo, mined, "half a cent is rounded wrongly", as_of=head).memories[0].memory.id == money
    assert mine(repo, mined).new == 0
    assert utility(mined, money).shown == 1


@pytest.mark.parametrize("table", ["showings", "versions"])
def test_the_ledger_is_append_only(shop: Shop, mined: MemoryStore, table: str) -> None:
    keep_showings(mined, "run-1", shop[1]["docs"], (shop[1]["rounding"],), None, True)
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET body = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            mined.database.execute(change)


def test_a_line_that_nobody_here_signed_counts_nothing(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    money, head = shop[1]["rounding"], shop[1]["docs"]
    keep_showings(mined, "run-1", head, (money,), None, True)
    body, good = mined.database.execute("SELECT body, signature FROM showings").fetchone()
    forged = body.replace('"won":true', '"won":false').replace("run-1", "run-2")
    add = "INSERT INTO showings (run, memory, at, body, signature) VALUES ('run-2', ?, 0, ?, ?)"
    mined.database.execute(add, (money, forged, good))
    number = {money: 7}
    assert fared(repo, mined, head, number) == Fared((1, 0), {7: (1, 0)})
    mined.database.execute(add, (money, forged, sign(forged)))  # the control
    assert fared(repo, mined, head, number) == Fared((1, 1), {7: (1, 1)})


def test_a_memory_whose_signature_is_broken_is_not_signed_anew(shop: Shop, mined: MemoryStore) -> None:
    altered = Memory(id="lesson-1", kind="lesson", message="As it was.", provenance=Provenance(repository="r"))
    mined.put([altered])
    with mined.writing():
        mined.append(altered.model_copy(update={"message": "Altered."}), body_of(altered) + " ", "v1:forged")
    assert keep_showings(mined, "run-1", shop[1]["docs"], ("lesson-1", "nobody"), None, True) == 0
    assert len(mined.history("lesson-1")) == 2


def test_only_what_came_of_ancestors_is_known(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    shas = shop[1]
    keep_showings(mined, "run-1", shas["reserve"], (shas["money"], shas["cart"]), None, False)
    keep_showings(mined, "run-2", shas["stock"], (shas["money"],), None, None)
    numbers = {shas["money"]: 1, shas["cart"]: 2}
    assert fared(repo, mined, shas["reserve"], numbers) == Fared((0, 1), {1: (0, 1), 2: (0, 1)})
    assert fared(repo, mined, shas["rounding"], numbers) == Fared(), "reserve came after it"


@pytest.mark.parametrize(
    ("verdict", "won"),
    [
        (None, None),
        (Verdict(status="unverified", before=RAN, after=RAN), None),
        (Verdict(status="failed", reasons=("there is no patch",)), None),
        (Verdict(status="failed", before=RAN, after=RAN), False),
        (Verdict(status="verified", before=RAN, after=RAN), True),
    ],
)
def test_what_no_test_said_is_neither_won_nor_lost(verdict: Verdict | None, won: bool | None) -> None:
    assert outcome_of(verdict) is won
