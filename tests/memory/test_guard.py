import pytest

from memcoder.errors import FaultError
from memcoder.history.repository import Repository
from memcoder.memory.guard import Guard, alike
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


def test_a_violation_stops_the_run(
    shop: Shop, repo: Repository, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine(repo, store)
    monkeypatch.setattr(Guard, "hide", lambda self, store, index, seen: seen)
    with pytest.raises(FaultError, match="names the issue"):
        recall(repo, store, ISSUE, as_of="HEAD", guard=Guard(frozenset({"12"}), ISSUE))
