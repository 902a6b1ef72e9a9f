"""`why` on real repositories whose past the tests write, beside git's own answer."""

from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.memory import why as room
from memcoder.memory.mine import mine
from memcoder.memory.store import MemoryStore
from memcoder.memory.why import why
from memcoder.records import Change, FileChange, Memory, Provenance, Why
from tests.helpers import GitRepo

BODY = "\n".join(f"    step_{number} = measure(value, {number})" for number in range(12))
FUNCTION = f"def weigh(value):\n{BODY}\n    return step_11\n"


def did(found: Why) -> list[tuple[str, str]]:
    return [(step.sha, step.did) for step in found.steps]


def open_at(made: GitRepo) -> Repository:
    return Repository.open(made.path)


def test_lines_functions_and_files_have_the_chain_that_git_has(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    made, shas = shop
    chain = [(shas["rounding"], "changed"), (shas["money"], "introduced")]
    for place in ("shop/money.py:2", "round_cents", "shop/money.py"):
        assert did(why(repo, store, place)) == chain
    found = why(repo, store, "round_cents")
    assert [step.sha for step in found.steps] == made.git("log", "-s", "--format=%H", "-L1,2:shop/money.py").split()
    assert (found.introduced, found.total, found.complete) == (shas["money"], 2, True)
    assert [(step.added, step.deleted, step.standing) for step in found.steps] == [(1, 1, 1), (2, 0, 1)]
    assert found.steps[0].body.startswith("Prices with half a cent were cut")
    assert why(repo, store, "Warehouse.reserve").steps[0].issues == ("#12",)


def test_only_ancestors_count(shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore) -> None:
    made, shas = shop
    made.git("checkout", "--quiet", "-b", "other", shas["cart"])
    later = made.commit("Round down again", {"shop/money.py": "def round_cents(amount):\n    return 0\n"})
    made.git("checkout", "--quiet", "main")
    assert did(why(repo, store, "round_cents", as_of=shas["stock"])) == [(shas["money"], "introduced")]
    assert later not in why(repo, store, "shop/money.py").model_dump_json()
    assert later in why(repo, store, "shop/money.py", as_of="other").model_dump_json()


def test_renames_and_moves_are_followed_to_the_introducing_commit(tmp_path: Path, store: MemoryStore) -> None:
    made = GitRepo(tmp_path / "moves")
    filler = "".join(f"unrelated_{number} = {number}\n" for number in range(30))
    made.commit("Start", {"scales.py": filler})
    first = made.commit("Weigh things", {"scales.py": filler + "\n\n" + FUNCTION})
    changed = FUNCTION.replace("step_11\n", "round(step_11)\n")
    second = made.commit("Round the weight", {"scales.py": filler + "\n\n" + changed})
    moved = made.commit("Move weighing to its own file", {"scales.py": filler, "weight.py": changed})
    renamed = made.commit("Name the file better", {"weight.py": None, "lib/weights.py": changed})
    last = made.commit("Round to two", {"lib/weights.py": changed.replace("round(step_11)", "round(step_11, 2)")})
    found = why(open_at(made), store, "weigh")
    assert did(found) == [
        (last, "changed"),
        (renamed, "renamed"),
        (moved, "moved"),
        (second, "changed"),
        (first, "introduced"),
    ]
    assert [step.old_path for step in found.steps] == [None, "weight.py", "scales.py", None, None]
    # git's own log of these lines ends where they were moved.
    assert made.git("log", "-s", "--format=%H", "-L1,14:lib/weights.py").split() == [last, moved]


def test_a_copy_is_an_introduction(tmp_path: Path, store: MemoryStore) -> None:
    made = GitRepo(tmp_path / "copies")
    made.commit("Weigh things", {"scales.py": FUNCTION})
    copied = made.commit("Weigh in the yard too", {"scales.py": FUNCTION + "\n# see yard\n", "yard.py": FUNCTION})
    found = why(open_at(made), store, "yard.py:1-14")
    assert (did(found), found.steps[0].old_path) == ([(copied, "introduced")], "scales.py")


def test_what_was_tried_and_reverted_is_told(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    made, _ = shop
    money = (made.path / "shop/money.py").read_text()
    tried = made.commit("Use decimals", {"shop/money.py": money.replace("100 + 0.5", "100.0 + 0.5")})
    made.git("revert", "--no-edit", tried)
    back = made.git("rev-parse", "HEAD")
    made.git("revert", "--no-edit", back)
    again = made.git("rev-parse", "HEAD")
    kept = made.commit("Use floats", {"shop/money.py": money.replace("+ 0.5", "+ 0.50")})
    made.commit('Revert "Use floats"\n\nIt was slow.', {"shop/money.py": money})
    found = why(repo, store, "round_cents")
    by_sha = {one.sha: one for one in found.reverted}
    assert set(by_sha) == {tried, back, kept}
    assert (by_sha[tried].by, by_sha[tried].again) == (back, again)
    assert [step.did for step in found.steps][:4] == ["reverted", "changed", "reverted", "reverted"]
    before = why(repo, store, "round_cents", as_of=tried)
    assert before.reverted == ()


def test_a_revert_of_subversion_times_is_understood(tmp_path: Path, store: MemoryStore) -> None:
    made = GitRepo(tmp_path / "old")
    made.commit("Start\n\ngit-svn-id: http://example.org/svn/trunk@101 aa-bb", {"a.py": "x = 1\n"})
    tried = made.commit("Count up\n\ngit-svn-id: http://example.org/svn/trunk@102 aa-bb", {"a.py": "x = 2\n"})
    back = made.commit(
        "Reverted r102: it broke.\n\ngit-svn-id: http://example.org/svn/trunk@103 aa-bb", {"a.py": "x = 1\n"}
    )
    found = why(open_at(made), store, "a.py:1")
    assert [(one.sha, one.by) for one in found.reverted] == [(tried, back)]
    assert "git-svn-id" not in found.model_dump_json()


def test_what_changes_with_it_is_counted_with_its_commits(tmp_path: Path, store: MemoryStore) -> None:
    made = GitRepo(tmp_path / "pairs")
    shas = [
        made.commit(f"Change {n}", {"a.py": f"x = {n}\n", "b.py": f"y = {n}\n", "tests/test_a.py": f"z = {n}\n"})
        for n in range(3)
    ]
    alone = made.commit("Change a alone", {"a.py": "x = 9\n"})
    made.commit("Reformat everything", {"a.py": "x = 10\n", **{f"gen/{n}.py": "" for n in range(60)}})
    found = why(open_at(made), store, "a.py:1")
    assert [(one.path, one.times, one.of, one.commits) for one in found.together] == [
        ("b.py", 3, 4, tuple(reversed(shas)))
    ]
    assert [one.path for one in found.tests] == ["tests/test_a.py"]
    assert alone not in found.together[0].commits
    assert any("more than 50 files" in note for note in found.notes)


def test_memories_are_shown_where_there_are_any(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore
) -> None:
    _, shas = shop
    assert "not in memory" in " ".join(why(repo, store, "round_cents").notes)
    mine(repo, store)
    assert "distilled" in " ".join(why(repo, store, "round_cents").notes)
    memory = store.get(shas["rounding"])
    assert memory
    fix = Memory(
        id="fix-1",
        kind="fix",
        message="Cents are lost",
        change=Change(files=(FileChange(path="shop/money.py", symbols=("round_cents",)),), kind="fix"),
        provenance=Provenance(repository=repo.key, commit=shas["rounding"], source="human"),
        trust="accepted",
    )
    store.put([memory.model_copy(update={"problem": "cents were cut", "solution": "round them"}), fix])
    found = why(repo, store, "round_cents")
    assert (found.steps[0].problem, found.steps[0].solution) == ("cents were cut", "round them")
    assert [one.id for one in found.fixes] == ["fix-1"]
    assert why(repo, store, "round_cents", as_of=shas["stock"]).fixes == ()  # based on what is no ancestor
    assert why(repo, store, "format_price").fixes == ()  # of another function
    store.put([fix.model_copy(update={"trust": "quarantined"})])
    assert why(repo, store, "round_cents").fixes == ()


def test_long_pasts_show_the_newest_and_the_first(tmp_path: Path, store: MemoryStore) -> None:
    made = GitRepo(tmp_path / "long")
    shas = [made.commit(f"Set {n}", {"a.py": f"x = {n}\n"}) for n in range(8)]
    found = why(open_at(made), store, "a.py", limit=3)
    assert [step.sha for step in found.steps] == [shas[7], shas[6], shas[0]]
    assert (found.total, found.introduced) == (8, shas[0])


def test_a_file_that_was_removed_and_came_back(tmp_path: Path, store: MemoryStore) -> None:
    made = GitRepo(tmp_path / "back")
    first = made.commit("Start", {"a.py": FUNCTION, "b.py": ""})
    gone = made.commit("Drop a", {"a.py": None})
    back = made.commit("Bring a back", {"a.py": FUNCTION})
    found = why(open_at(made), store, "a.py")
    assert did(found) == [(back, "restored"), (gone, "removed"), (first, "introduced")]


def test_a_shallow_clone_says_that_lines_may_be_older(
    shop: tuple[GitRepo, dict[str, str]], tmp_path: Path, store: MemoryStore
) -> None:
    shop[0].git("clone", "--quiet", "--depth=2", f"file://{shop[0].path}", str(tmp_path / "shallow"))
    found = why(Repository.open(tmp_path / "shallow"), store, "round_cents")
    assert any("shallow" in note for note in found.notes)


def test_what_takes_too_long_is_cut_and_said(
    shop: tuple[GitRepo, dict[str, str]],
    repo: Repository,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "TRACE_SECONDS", 0.0)
    found = why(repo, store, "round_cents")
    assert (found.complete, found.introduced) == (False, None)
    assert any("stopped" in note for note in found.notes)


def test_the_repository_s_configuration_runs_nothing(
    shop: tuple[GitRepo, dict[str, str]], repo: Repository, store: MemoryStore, tmp_path: Path
) -> None:
    made = shop[0]
    proof = tmp_path / "proof"
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\ntouch {proof}\ncat "$1"\n')
    trap.chmod(0o755)
    (made.path / ".git" / "info" / "attributes").write_text("*.py diff=trap\n")
    for name in ("diff.trap.textconv", "diff.external", "core.pager", "core.fsmonitor"):
        made.git("config", name, str(trap))
    made.git("config", "blame.ignoreRevsFile", "no-such-file")
    found = why(repo, store, "round_cents")
    assert len(found.steps) == 2
    assert any("blame gave no answer" in note for note in found.notes)
    assert not proof.exists()
    made.git("config", "--unset", "blame.ignoreRevsFile")
    assert why(repo, store, "round_cents").complete
    assert not proof.exists()
    made.git("blame", "shop/money.py")  # the control: git alone would have run it
    assert proof.exists()


def test_moved_lines_begin_where_they_were_written_not_where_others_stood(tmp_path: Path, store: MemoryStore) -> None:
    made = GitRepo(tmp_path / "skeleton")
    skeleton = made.commit("Skeleton", {"scales.py": "# coding\npass\n"})
    written = made.commit("Weigh things", {"scales.py": f"# coding\n{FUNCTION}"})
    moved = made.commit("Move weighing", {"scales.py": "# coding\n", "weight.py": FUNCTION})
    found = why(open_at(made), store, "weigh")
    assert did(found) == [(moved, "moved"), (written, "introduced")]
    # git's own log of the old place goes on to what stood there before.
    assert made.git("log", "-s", "--format=%H", "-L2,14:scales.py", written).split() == [written, skeleton]
