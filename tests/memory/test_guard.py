import pytest

from memcoder.errors import FaultError
from memcoder.history.repository import Repository
from memcoder.memory.guard import Guard, alike, holds_change
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Recall
from tests.helpers import GitRepo

ISSUE = "Reserving less than one item is refused nowhere, so that stock levels grow when somebody reserves minus one"
Shop = tuple[GitRepo, dict[str, str]]


def ids(found: Recall) -> set[str]:
    return {item.memory.id for item in found.memories}


def test_commits_that_name_the_issue_are_hidden(shop: Shop, repo: Repository, store: MemoryStore) -> None:
    mine(repo, store)
    named = shop[1]["reserve"]  # (#12)
    assert named in ids(recall(repo, store, ISSUE, as_of="HEAD"))  # the control
    assert named in ids(recall(repo, store, ISSUE, as_of="HEAD", guard=Guard(frozenset({"13"}), ISSUE)))
    found = recall(repo, store, ISSUE, as_of="HEAD", guard=Guard(frozenset({"12"}), ISSUE))
    assert named[:7] not in found.model_dump_json()
    assert found.files


def test_near_duplicates_of_the_issue_are_hidden(shop: Shop, repo: Repository, store: MemoryStore) -> None:
    copied = shop[0].commit(ISSUE.replace("nowhere", "never"), {"shop/stock.py": "x = 1\n"})
    shop[0].commit("Say more", {"README.md": "# The shop\n"})
    mine(repo, store)
    assert copied in ids(recall(repo, store, ISSUE, as_of="HEAD"))
    found = recall(repo, store, ISSUE, as_of="HEAD", guard=Guard(frozenset({"77"}), ISSUE))
    assert copied[:7] not in found.model_dump_json()
    assert alike(ISSUE, ISSUE.upper())
    assert not alike(ISSUE, "Refuse to reserve less than one item")
    assert not alike("", "")


def test_the_fix_itself_is_hidden_whatever_it_is_called(shop: Shop, repo: Repository, store: MemoryStore) -> None:
    made, shas = shop
    fix = made.git("diff", f"{shas['reserve']}~1", shas["reserve"])
    mine(repo, store)
    assert shas["reserve"] in ids(recall(repo, store, ISSUE, as_of="HEAD", guard=Guard(text=ISSUE)))
    found = recall(repo, store, ISSUE, as_of="HEAD", guard=Guard(text=ISSUE, fix=fix))
    assert shas["reserve"][:7] not in found.model_dump_json()
    assert found.files
    other = Guard(text=ISSUE, fix=made.git("diff", f"{shas['rounding']}~1", shas["rounding"]))
    assert shas["reserve"] in ids(recall(repo, store, ISSUE, as_of="HEAD", guard=other))


def test_a_patch_holds_a_change_with_more_around_it_and_otherwise_spaced() -> None:
    fix = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-    return total / count\n+    return total / max(count, 1)\n"
    more = f"{fix.replace('    return', '  return')}+    # and more\n"
    assert holds_change(more, fix)
    assert not holds_change(fix.replace("max", "min"), fix)
    assert not holds_change("", fix)
    assert not holds_change(fix, "+x\n")
    assert not holds_change(fix, "")


def test_a_violation_stops_the_run(
    shop: Shop, repo: Repository, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine(repo, store)
    monkeypatch.setattr(Guard, "hide", lambda self, store, index, seen: seen)
    with pytest.raises(FaultError, match="names the issue"):
        recall(repo, store, ISSUE, as_of="HEAD", guard=Guard(frozenset({"12"}), ISSUE))
