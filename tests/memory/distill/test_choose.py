"""What is worth a model's time."""

from typing import Any

from memcoder.history.repository import Repository
from memcoder.memory.distill.choose import choose, heat_of, usefulness, worth
from memcoder.memory.mine import mine
from memcoder.memory.store import MemoryStore
from memcoder.records import Change, ChangeKind, FileChange, Memory, Provenance
from tests.helpers import MONEY, GitRepo

WHY = "Fix rounding of prices\n\n" + "because halves were cut " * 8


def memory_of(kind: ChangeKind = "fix", message: str = WHY, paths: tuple[str, ...] = ("a.py",)) -> Memory:
    change = Change(files=tuple(FileChange(path=path) for path in paths), kind=kind)
    return Memory(id="d" * 40, kind="commit", message=message, change=change, provenance=Provenance(repository="r"))


def test_fixes_that_touch_little_and_say_why_come_first() -> None:
    fix = worth(memory_of())
    assert fix > worth(memory_of("feature")) > worth(memory_of("other")) > worth(memory_of("refactor")) > 0
    assert fix > worth(memory_of(message="Fix it"))
    assert fix > worth(memory_of(paths=("a.py", "b.py", "c.py")))
    assert fix == worth(memory_of(paths=("a.py", "tests/test_a.py", "docs/a.md")))


def test_noise_is_worth_nothing() -> None:
    kinds: tuple[ChangeKind, ...] = ("merge", "release", "format", "dependency", "docs", "tests", "revert")
    for kind in kinds:
        assert worth(memory_of(kind)) == 0
    assert worth(memory_of(paths=("tests/test_a.py", "README.md"))) == 0
    assert worth(memory_of(paths=tuple(f"{n}.py" for n in range(11)))) == 0
    for change in ({"problem": "It is distilled."}, {"trust": "quarantined"}, {"retired": "useless"}):
        assert worth(memory_of().model_copy(update=change)) == 0


def test_what_changes_often_and_lately_counts() -> None:
    year = 365 * 86_400
    heat = heat_of([(10 * year, ("hot.py",)), (9 * year, ("hot.py",)), (year, ("cold.py",)), (10 * year, ("warm.py",))])
    assert usefulness(1.0, ["hot.py"], heat) > usefulness(1.0, ["warm.py"], heat) > usefulness(1.0, ["cold.py"], heat)
    assert usefulness(1.0, ["never.py"], heat) == 0


def test_the_most_useful_come_first_with_their_copies_and_without_what_was_taken_back(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    git, shas = shop
    git.git("checkout", "--quiet", "-b", "stable", shas["tests"])
    rounded = MONEY.replace("int(amount * 100) / 100", "int(amount * 100 + 0.5) / 100")
    picked = git.commit("[1.x] Fix rounding of half cents\n\nBackport.", {"shop/money.py": rounded})
    git.git("checkout", "--quiet", "main")
    git.git("merge", "--quiet", "-s", "ours", "-m", "Merge stable", "stable")
    bad = git.commit("Fix stock levels that were wrong for a while now", {"shop/stock.py": "levels = {}\n"})
    git.commit(f'Revert "Fix stock levels"\n\nThis reverts commit {bad}.', {"shop/stock.py": "levels = None\n"})
    mine(repo, store)
    found = [memory.id for memory in choose(store, 1)]
    assert set(found) == {shas["rounding"], picked}
    every = [memory.id for memory in choose(store, 100)]
    assert bad not in every
    assert shas["docs"] not in every
    assert len(every) == len(set(every))
    without = {memory.id for memory in choose(store, 100, skip={shas["rounding"]})}
    assert not without & {shas["rounding"], picked}
    assert [memory.id for memory in choose(store, 9, among={shas["reserve"]})] == [shas["reserve"]]
    filled: dict[str, Any] = {"problem": "It is distilled now."}
    original = store.get(shas["rounding"])
    assert original is not None
    store.put([original.model_copy(update=filled)])
    again = [memory.id for memory in choose(store, 100)]
    assert again.index(shas["rounding"]) == again.index(picked) - 1  # the distilled one comes along for its copy
