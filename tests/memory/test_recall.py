import math
import shutil
import threading
import time

import numpy as np
import pytest

from memcoder.history.repository import Repository
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.scenes import scene_of
from memcoder.memory.stages import Clock, qualify_symbols
from memcoder.memory.store import MemoryStore
from memcoder.records import Change, FileChange, Memory, Provenance, Recall
from tests.helpers import CART, MONEY, GitRepo
from tests.memory.conftest import SETTINGS

ISSUE = "Invoices are a cent short\n\nA price with half a cent is cut, I expected it to be rounded."
Shop = tuple[GitRepo, dict[str, str]]


@pytest.fixture
def mined(repo: Repository, store: MemoryStore) -> MemoryStore:
    mine(repo, store)
    return store


def ids(found: Recall) -> list[str]:
    return [item.memory.id for item in found.memories]


def test_finds_the_memory_and_the_place_with_evidence(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    found = recall(repo, mined, ISSUE, as_of="HEAD")
    assert found.complete
    assert ids(found)[0] == shop[1]["rounding"]
    place = next(place for place in found.symbols if place.symbol == "round_cents")
    assert (place.path, place.start, place.end) == ("shop/money.py", 1, 2)
    vote = next(one for one in place.evidence if one.ranker.endswith("-votes"))
    assert shop[1]["rounding"][:7] in vote.detail
    assert "Fix rounding of half cents" in vote.detail
    assert found.files[0].path == "shop/money.py"


def test_places_are_as_of_the_commit(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    shop[0].commit("Move", {"shop/money.py": "# a header\n\n" + MONEY})
    now = recall(repo, mined, "round_cents is wrong", as_of="HEAD")
    then = recall(repo, mined, "round_cents is wrong", as_of=shop[1]["money"])
    assert next(place.start for place in now.symbols if place.symbol == "round_cents") == 3
    assert next(place.start for place in then.symbols if place.symbol == "round_cents") == 1


def test_only_ancestors_count_and_scores_do_not_know_the_future(
    shop: Shop, repo: Repository, mined: MemoryStore
) -> None:
    made, shas = shop
    before = recall(repo, mined, ISSUE, as_of=shas["reserve"])
    for number in range(120):
        made.commit(f"Fix rounding of half cents again, number {number}", {"shop/money.py": MONEY + f"X = {number}\n"})
    made.git("checkout", "--quiet", "-b", "side", shas["cart"])
    made.commit("Fix invoices that are a cent short", {"shop/money.py": MONEY + "Y = 1\n"})
    side = Repository.open(made.path)
    mine(side, mined)
    mine(side, mined, revision="main")
    after = recall(repo, mined, ISSUE, as_of=shas["reserve"])
    # Policies are counted again at the newest commit, and what was counted there may not be seen from here.
    assert after.policies == ()
    assert after == before.model_copy(update={"policies": ()})
    ancestors = repo.ancestors(shas["reserve"])
    assert set(ids(before)) <= ancestors
    assert set(ids(recall(repo, mined, ISSUE, as_of=shas["money"]))) <= {shas["start"], shas["money"]}


def test_symbols_that_were_qualified_meanwhile_are_seen(shop: Shop, repo: Repository, store: MemoryStore) -> None:
    sha = shop[0].commit("Count quantities twice", {"shop/cart.py": CART.replace("quantity))", "2 * quantity))")})
    mine(repo, store, within=0.0)

    def changed() -> list[str]:
        scene, _ = scene_of(repo, store, ISSUE, sha)
        return scene.changes(np.array([scene.index.numbers[sha]]))[0][1][0][1]

    assert changed() == ["add"]
    # The stage alone: one that puts records after it empties what readers kept anyway.
    qualify_symbols(repo, store, sha, lambda what, done, total: None, Clock(math.inf))
    assert changed() == ["Cart.add"]


def test_excluded_commits_are_not_seen(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    hidden = shop[1]["rounding"]
    found = recall(repo, mined, ISSUE, as_of="HEAD", exclude=frozenset({hidden}))
    assert hidden not in ids(found)
    assert hidden[:7] not in found.model_dump_json()


def test_nothing_near_is_nothing(repo: Repository, mined: MemoryStore) -> None:
    found = recall(repo, mined, "zebra quux", as_of="HEAD")
    assert (found.memories, found.files, found.symbols) == ((), (), ())


def test_quarantined_and_edited_records_are_never_returned(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    planted = Memory(
        id="planted",
        kind="lesson",
        message=ISSUE,
        change=Change(files=(FileChange(path="shop/stock.py", symbols=("Warehouse.restock",)),)),
        provenance=Provenance(repository=repo.key),
        trust="quarantined",
    )
    mined.put([planted])
    assert "planted" not in recall(repo, mined, ISSUE, as_of="HEAD").model_dump_json()
    mined.put([planted.model_copy(update={"trust": "accepted"})])
    mine(repo, mined)
    assert "planted" in ids(recall(repo, mined, ISSUE, as_of="HEAD"))
    mined.database.execute("DROP TRIGGER versions_stay")
    mined.database.execute("UPDATE versions SET body = replace(body, 'cent short', 'euro short') WHERE id = 'planted'")
    assert "planted" not in recall(repo, mined, ISSUE, as_of="HEAD").model_dump_json()


def test_without_vectors_words_answer_and_it_says_so(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    shutil.rmtree(mined.folder / "chroma")
    found = recall(repo, mined, ISSUE, as_of="HEAD")
    assert ids(found)[0] == shop[1]["rounding"]
    assert not found.complete
    assert "no vector" in found.notes[0]
    assert mine(repo, mined).pending["vectors"] == 0
    assert recall(repo, mined, ISSUE, as_of="HEAD").complete


def test_damaged_vectors_are_survived_and_made_anew(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    from memcoder.memory import vectors

    (mined.folder / "chroma" / "chroma.sqlite3").write_bytes(b"damaged" * 1000)
    found = recall(repo, mined, ISSUE, as_of="HEAD")
    assert ids(found)[0] == shop[1]["rounding"]
    assert not found.complete
    vectors.drop(mined)
    assert mine(repo, mined).notes == ()
    assert recall(repo, mined, ISSUE, as_of="HEAD").complete


def test_while_another_process_has_the_vectors_words_answer(
    repo: Repository, mined: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memcoder.memory.vectors.RECALL_WAITS", 0.05)
    with mined.lock("chroma"), MemoryStore.open(SETTINGS, repo.key) as other:
        found = recall(repo, other, ISSUE, as_of="HEAD")
    assert found.memories
    assert "another memcoder" in found.notes[0]


def test_is_quick_on_a_small_repository(repo: Repository, mined: MemoryStore) -> None:
    recall(repo, mined, ISSUE, as_of="HEAD")
    started = time.monotonic()
    recall(repo, mined, ISSUE, as_of="HEAD")
    assert time.monotonic() - started < 0.5


def test_a_bare_clone_and_a_detached_head_are_recalled(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = tmp_path_factory.mktemp("bare") / "shop.git"
    shop[0].git("clone", "--quiet", "--bare", ".", str(target))
    bare = Repository.open(target)
    with MemoryStore.open(SETTINGS, bare.key) as store:
        mine(bare, store)
        assert recall(bare, store, ISSUE, as_of="HEAD").memories


def test_reverted_commits_sink_once_the_revert_may_be_seen(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    made, shas = shop
    made.git("revert", "--no-edit", shas["rounding"])
    mine(repo, mined)
    scores = {
        rev: next(one for one in recall(repo, mined, ISSUE, as_of=rev).memories if one.memory.id == shas["rounding"])
        for rev in ("HEAD", shas["docs"])
    }
    assert scores["HEAD"].score < scores[shas["docs"]].score
    assert any(one.ranker == "lineage" for one in scores["HEAD"].evidence)
    assert not any(one.ranker == "lineage" for one in scores[shas["docs"]].evidence)


def test_votes_follow_renames(shop: Shop, repo: Repository, mined: MemoryStore) -> None:
    shop[0].git("mv", "shop/money.py", "shop/prices.py")
    shop[0].commit("Rename money to prices")
    mine(repo, mined)
    found = recall(repo, mined, ISSUE, as_of="HEAD")
    place = next(place for place in found.symbols if place.symbol == "round_cents")
    assert place.path == "shop/prices.py"
    assert any(one.ranker.endswith("-votes") for one in place.evidence)


def test_languages_without_a_grammar_are_found_by_the_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = GitRepo(tmp_path_factory.mktemp("go"))
    made.commit("Start", {"money.go": "package money\n\nfunc RoundCents(a float64) float64 { return a }\n"})
    sha = made.commit("Fix rounding of half cents", {"money.go": "package money\n\nfunc RoundCents() {}\n"})
    repo = Repository.open(made.path)
    with MemoryStore.open(SETTINGS, repo.key) as store:
        mine(repo, store)
        found = recall(repo, store, ISSUE, as_of="HEAD")
    assert found.files[0].path == "money.go"
    assert any(sha[:10] in one.detail for one in found.files[0].evidence)


def test_two_processes_that_index_the_same_code_do_it_once(repo: Repository, mined: MemoryStore) -> None:
    with MemoryStore.open(SETTINGS, repo.key) as other:
        answers = []
        threads = [
            threading.Thread(target=lambda store=store: answers.append(recall(repo, store, ISSUE, as_of="HEAD")))
            for store in (mined, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert len(answers) == 2
    assert answers[0] == answers[1]
    terms = [row[0] for row in mined.database.execute("SELECT term FROM terms")]
    assert len(terms) == len(set(terms))
