"""Pruning says what it would do, retires, and deletes nothing."""

import pytest

from memcoder.history.repository import Repository
from memcoder.memory.distill.log import DistillLog
from memcoder.memory.distill.one import Distillation
from memcoder.memory.mine import mine
from memcoder.memory.prune import bring_back, plan, prune, restore, take_back
from memcoder.memory.store import MemoryStore
from memcoder.records import Change, FileChange, Kind, Lesson, Link, Memory, Provenance, Utility
from tests.helpers import GitRepo


def note(key: str, kind: Kind = "lesson", **more: object) -> Memory:
    origin = Provenance(repository="r", source="human")
    return Memory(id=key, kind=kind, message=f"Note {key}", provenance=origin).model_copy(update=more)


def get(store: MemoryStore, key: str) -> Memory:
    memory = store.get(key)
    assert memory is not None
    return memory


def reasons(repo: Repository, store: MemoryStore) -> dict[str, str]:
    return {one.memory: one.reason for one in plan(repo, store).retire}


@pytest.fixture
def mined(repo: Repository, store: MemoryStore) -> MemoryStore:
    mine(repo, store)
    return store


def test_a_healthy_store_keeps_everything(repo: Repository, mined: MemoryStore) -> None:
    mined.put([note("used", utility=Utility(shown=9, won=9)), note("new", utility=Utility(shown=4, lost=4))])
    found = plan(repo, mined)
    assert (found.retire, found.needs_name, found.restore, found.forget, found.reverted) == ((), (), (), (), 0)


def test_commits_that_vanish_are_retired_and_come_back(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, mined: MemoryStore
) -> None:
    git, shas = shop
    git.git("branch", "kept", shas["reserve"])
    git.git("reset", "--quiet", "--hard", shas["rounding"])  # docs is on no branch now, reserve is
    here = Repository.open(git.path)
    wanted = plan(here, mined)
    assert {one.memory: one.reason for one in wanted.retire} == {shas["docs"]: "vanished"}
    assert get(mined, shas["docs"]).retired is None  # a plan changes nothing
    before = get(mined, shas["docs"])
    assert prune(mined, wanted) == 1
    gone = get(mined, shas["docs"])
    assert gone.retired is not None
    assert gone.retired.startswith("vanished")
    assert gone.model_copy(update={"retired": None}) == before  # trust and everything else stay
    assert len(mined.history(shas["docs"])) == 2
    assert plan(here, mined).retire == ()
    git.git("merge", "--quiet", "--ff-only", shas["docs"])
    assert plan(Repository.open(git.path), mined).restore == (shas["docs"],)
    prune(mined, plan(Repository.open(git.path), mined))
    assert get(mined, shas["docs"]) == before


def test_uselessness_is_measured_against_the_other_memories(repo: Repository, mined: MemoryStore) -> None:
    good = [note(f"good{n}", utility=Utility(shown=10, won=8, lost=2)) for n in range(5)]
    bad = note("bad", utility=Utility(shown=6, won=0, lost=6))
    poor = note("poor", utility=Utility(shown=6, won=4, lost=2))
    few = note("few", utility=Utility(shown=4, won=0, lost=4))
    undecided = note("undecided", utility=Utility(shown=50))
    mined.put([*good, bad, poor, few, undecided])
    assert reasons(repo, mined) == {"bad": "useless"}


def test_where_nothing_wins_nothing_is_useless(repo: Repository, mined: MemoryStore) -> None:
    mined.put([note(f"n{n}", utility=Utility(shown=9, lost=9)) for n in range(3)])
    assert reasons(repo, mined) == {}


def test_superseded_and_contradicted(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, mined: MemoryStore
) -> None:
    newer = note("newer", links=(Link(relation="supersedes", target="older"),))
    fooled = note("fooled")
    liar = note("liar", links=(Link(relation="supersedes", target="fooled"),), trust="quarantined")
    undone = note("undone", kind="skill", links=(Link(relation="reverted_by", target=shop[1]["docs"]),))
    mined.put([note("older"), newer, fooled, liar, undone])
    assert reasons(repo, mined) == {"older": "superseded", "undone": "contradicted"}


def test_reverted_commits_stay_because_recall_knows_as_of_when(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    bad = shop[1]["reserve"]
    shop[0].commit(f'Revert "x"\n\nThis reverts commit {bad}.', {"shop/stock.py": "x = 1\n"})
    mine(repo, store)
    found = plan(repo, store)
    assert (found.retire, found.reverted) == ((), 1)


def test_what_a_human_validated_goes_only_by_name(repo: Repository, mined: MemoryStore) -> None:
    newer = note("newer", links=(Link(relation="supersedes", target="fix-1"),))
    mined.put([note("fix-1", kind="fix", trust="accepted"), newer])
    found = plan(repo, mined)
    assert (found.retire, [one.memory for one in found.needs_name]) == ((), ["fix-1"])
    assert prune(mined, found) == 0
    named = plan(repo, mined, ["fix-1"])
    assert prune(mined, named) == 1
    retired = get(mined, "fix-1")
    assert (retired.trust, retired.kind) == ("accepted", "fix")
    assert restore(mined, retired)
    assert get(mined, "fix-1").retired is None
    assert not restore(mined, get(mined, "fix-1"))


def test_naming_a_healthy_memory_does_not_retire_it(repo: Repository, mined: MemoryStore) -> None:
    mined.put([note("fix-1", kind="fix", trust="accepted")])
    assert plan(repo, mined, ["fix-1"]).retire == ()


def test_what_is_taken_back_takes_along_what_was_drawn_from_it(mined: MemoryStore) -> None:
    drawn = Lesson(topic="tests", place="a.py", occasions=("0", "1"))
    earlier = Lesson(topic="tests", place="b.py", occasions=("1", "2"))
    mined.put(
        [
            note("fix-1", kind="fix", trust="accepted"),
            note("of-it", kind="lesson", trust="accepted", lesson=drawn),
            note("of-another", kind="lesson", trust="accepted", lesson=earlier),
            note("gone", kind="guardrail", trust="accepted", lesson=drawn, retired="stale: no more"),
        ]
    )
    assert take_back(mined, get(mined, "fix-1"), "it broke the export") == ("fix-1", "of-it")
    assert get(mined, "of-it").retired == "it broke the export"
    assert take_back(mined, get(mined, "fix-1"), "again") == ()
    assert bring_back(mined, get(mined, "fix-1")) == ("fix-1", "of-it")
    assert [get(mined, key).retired for key in ("fix-1", "of-it", "gone")] == [None, None, "stale: no more"]
    assert bring_back(mined, get(mined, "fix-1")) == ()


def test_refusals_that_no_longer_matter_are_forgotten(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, mined: MemoryStore
) -> None:
    log = DistillLog(mined)
    for key in (shop[1]["rounding"], shop[1]["cart"], "f" * 40):
        log.add(Distillation(memory=key, refused=((),)), "m")
    mined.put([get(mined, shop[1]["cart"]).model_copy(update={"problem": "Somebody else distilled it."})])
    wanted = plan(repo, mined)
    assert set(wanted.forget) == {shop[1]["cart"], "f" * 40}
    prune(mined, wanted)
    assert log.refused("m") == {shop[1]["rounding"]}


def test_another_repository_s_memories_have_not_vanished(repo: Repository, mined: MemoryStore) -> None:
    foreign = note("a" * 40, provenance=Provenance(repository="other", commit="a" * 40))
    mined.put([foreign])
    assert reasons(repo, mined) == {}


def about(repo: Repository, key: str, *places: FileChange, kind: Kind = "lesson", **more: object) -> Memory:
    origin = Provenance(repository=repo.key, commit=repo.head(), source="human")
    return note(key, kind, provenance=origin, change=Change(files=places), **more)


def details(repo: Repository, store: MemoryStore) -> dict[str, str]:
    return {one.memory: one.detail for one in plan(repo, store).retire if one.reason == "stale"}


STOCK = FileChange(path="shop/stock.py", symbols=("Warehouse.reserve",))


def test_what_speaks_of_files_and_functions_that_are_gone_is_stale(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, mined: MemoryStore
) -> None:
    gone, money = FileChange(path="shop/old.py"), FileChange(path="shop/money.py", symbols=("round_up",))
    docs = FileChange(path="README.md", symbols=("Heading",))
    mined.put(
        [
            about(repo, "of-file", gone),
            about(repo, "of-function", money, kind="guardrail"),
            about(repo, "of-both", gone, money, kind="skill"),
            about(repo, "half-there", gone, STOCK),
            about(repo, "no-language-of-ours", docs),
            about(repo, "of-nothing"),
            about(repo, "adds", FileChange(path="shop/new.py", status="added")),
            about(repo, "removes", FileChange(path="shop/dead.py", status="deleted")),
            about(repo, "a-commit", gone, kind="commit"),
            about(repo, "a-fix", gone, kind="fix", trust="accepted"),
            about(repo, "foreign", gone).model_copy(update={"provenance": Provenance(repository="other")}),
        ]
    )
    assert details(repo, mined) == {
        "of-file": "HEAD has no more shop/old.py",
        "of-function": "HEAD has no more round_up in shop/money.py",
        "of-both": "HEAD has no more shop/old.py, round_up in shop/money.py",
    }
    assert [(one.memory, one.reason) for one in plan(repo, mined).needs_name] == [("a-fix", "stale")]
    prune(mined, plan(repo, mined))
    assert get(mined, "of-file").retired == "stale: HEAD has no more shop/old.py"
    assert details(repo, mined) == {}


def test_a_renamed_file_is_still_there_and_what_comes_back_is_restored(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, mined: MemoryStore
) -> None:
    git = shop[0]
    mined.put([about(repo, "of-stock", STOCK)])
    git.git("mv", "shop/stock.py", "shop/warehouse.py")
    git.commit("Call the warehouse what it is")
    renamed = Repository.open(git.path)
    mine(renamed, mined)
    assert details(renamed, mined) == {}
    git.commit("Give the warehouse up", {"shop/warehouse.py": "class Warehouse:\n    pass\n"})
    without = Repository.open(git.path)
    assert details(without, mined) == {"of-stock": "HEAD has no more Warehouse.reserve in shop/warehouse.py"}
    prune(mined, plan(without, mined))
    assert plan(without, mined).restore == ()
    git.git("reset", "--quiet", "--hard", "HEAD~1")
    back = Repository.open(git.path)
    assert "of-stock" in plan(back, mined).restore
    prune(mined, plan(back, mined))
    assert get(mined, "of-stock").retired is None


def test_from_a_branch_beside_it_nothing_looks_stale(shop: tuple[GitRepo, dict[str, str]], mined: MemoryStore) -> None:
    git, shas = shop
    git.git("checkout", "--quiet", "-b", "other", shas["cart"])
    git.commit("Add what only this branch has", {"shop/other.py": "X = 1\n"})
    there = Repository.open(git.path)
    mined.put([about(there, "of-branch", FileChange(path="shop/other.py"))])
    git.git("checkout", "--quiet", "-")
    here = Repository.open(git.path)
    assert details(here, mined) == {}
    git.git("checkout", "--quiet", "other")
    git.commit("Take it out again", {"shop/other.py": None})
    assert set(details(Repository.open(git.path), mined)) == {"of-branch"}
