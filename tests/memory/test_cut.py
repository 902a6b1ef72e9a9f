from memcoder.history.repository import Repository
from memcoder.memory.cut import explain_cut
from memcoder.memory.guard import Guard
from memcoder.memory.mine import mine
from memcoder.memory.prune import retire
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.vanished import vanished
from tests.helpers import GitRepo

QUERY = "Fix rounding of half cents"
Shop = tuple[GitRepo, dict[str, str]]


def test_later_commits_are_no_ancestors(shop: Shop, repo: Repository, store: MemoryStore) -> None:
    mine(repo, store)
    cut = explain_cut(repo, store, QUERY, as_of=shop[1]["tests"])
    assert (cut.memories, cut.visible, cut.hidden) == (9, 5, {"no ancestor": 4})
    assert (cut.examples[0].id, cut.examples[0].subject) == (shop[1]["rounding"], QUERY)
    whole = explain_cut(repo, store, QUERY, as_of="HEAD")
    assert (whole.visible, whole.hidden, whole.examples) == (9, {}, ())


def test_each_reason_is_told(shop: Shop, repo: Repository, store: MemoryStore) -> None:
    mine(repo, store)
    retire(store, shop[1]["rounding"], "by hand")
    exclude, guard = frozenset({shop[1]["cart"]}), Guard(frozenset({"12"}), QUERY)
    cut = explain_cut(repo, store, QUERY, as_of="HEAD", exclude=exclude, guard=guard)
    assert cut.hidden == {
        "hidden by the evaluation's guard": 1,
        "named by --exclude": 1,
        "quarantined or retired": 1,
    }


def test_retired_memories_are_recalled_never_and_vote_for_nothing(
    shop: Shop, repo: Repository, store: MemoryStore
) -> None:
    mine(repo, store)
    name = shop[1]["rounding"]
    assert name[:7] in recall(repo, store, QUERY, as_of="HEAD").model_dump_json()  # the control
    retire(store, name, "by hand")
    assert name[:7] not in recall(repo, store, QUERY, as_of="HEAD").model_dump_json()


def test_a_rewritten_history_leaves_its_memories_marked_and_not_lost(
    shop: Shop, repo: Repository, store: MemoryStore
) -> None:
    mine(repo, store)
    assert vanished(store) == frozenset()
    old = shop[1]["docs"]
    shop[0].git("commit", "--quiet", "--amend", "--message", "Say it otherwise")
    rewritten = Repository.open(shop[0].path)
    mine(rewritten, store)
    assert vanished(store) == {old}
    assert store.get(old) is not None
    assert old[:7] not in recall(rewritten, store, "Say how to run the shop", as_of="HEAD").model_dump_json()
    cut = explain_cut(rewritten, store, "Say how to run the shop", as_of="HEAD")
    assert cut.hidden["its commit vanished from the history"] >= 1
    shop[0].git("branch", "back", old)
    shop[0].commit("One more", {"a.txt": "a\n"})
    mine(Repository.open(shop[0].path), store)
    assert vanished(store) == frozenset()
