import pytest

from memcoder.errors import UsageError
from memcoder.history.repository import Repository
from memcoder.memory.keep import keep_fix
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Attempt, Patch, Review, Run, Task
from tests.helpers import GitRepo

ISSUE = "# Reserving a negative count fills the warehouse\n\nreserve(-5) gave me five more pieces."
DIFF = """\
diff --git a/shop/stock.py b/shop/stock.py
--- a/shop/stock.py
+++ b/shop/stock.py
@@ -10,2 +10,3 @@
     def restock(self, sku, count):
+        assert count > 0
         self.levels[sku] = self.levels.get(sku, 0) + count
"""
PROSE = "I am confident that this elegant change is right"


def run_of(repo: Repository, commit: str) -> Run:
    attempt = Attempt(number=1, origin="first", before="", action=PROSE, diagnosis="", after=DIFF, passed=True)
    return Run(
        id="r1",
        task=Task(repository=str(repo.path), base_commit=commit, issue=ISSUE),
        model="scripted",
        strategy="staged",
        seed=0,
        state="done",
        started=1,
        attempts=(attempt,),
        patch=Patch(diff=DIFF, files=("shop/stock.py",)),
    )


def test_an_accepted_fix_is_kept_once_and_recalled(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    mine(repo, store)
    base = shop[1]["stock"]
    review = Review(decision="accepted", by="Ada", time=1_700_100_000)
    kept = keep_fix(store, run_of(repo, base), review)
    assert keep_fix(store, run_of(repo, base), review) == kept
    assert len(store.history(kept.id)) == 1
    assert (kept.kind, kept.trust, kept.provenance.source) == ("fix", "accepted", "human")
    assert (kept.provenance.commit, kept.provenance.author, kept.provenance.run) == (base, "Ada", "r1")
    assert kept.subject == "Reserving a negative count fills the warehouse"
    assert kept.change.files[0].symbols == ("Warehouse.restock",)
    assert PROSE not in kept.model_dump_json()
    found = recall(repo, store, "the warehouse has more pieces after reserving a negative count", as_of="HEAD")
    assert found.memories[0].memory.id == kept.id
    place = next(place for place in found.symbols if place.symbol == "Warehouse.restock")
    assert any(kept.id in one.detail for one in place.evidence if one.ranker.endswith("-votes"))
    # The fix belongs to its base commit: who stands before that must not see it.
    earlier = recall(repo, store, ISSUE, as_of=shop[1]["cart"])
    assert kept.id not in earlier.model_dump_json()
    assert recall(repo, store, ISSUE, as_of=base).memories[0].memory.id == kept.id


def test_only_accepted_patches_are_kept(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    run = run_of(repo, shop[1]["stock"])
    with pytest.raises(UsageError, match="not accepted"):
        keep_fix(store, run, Review(decision="rejected", by="Ada", time=1))
    with pytest.raises(UsageError, match="no patch"):
        keep_fix(store, run.model_copy(update={"patch": None}), Review(decision="accepted", by="Ada", time=1))
    assert list(store.all()) == []
