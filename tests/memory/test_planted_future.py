"""A thousand commits that give the fix away, all in the store, and none of them an ancestor of the base commit."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.mcp.serve import Tools
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.cut import explain_cut
from memcoder.memory.index import memory_index, visible
from memcoder.memory.learn import chosen, learn_weights
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.why import why
from memcoder.records import Change, FileChange, Memory, Provenance
from tests.helpers import GitRepo
from tests.memory.planted import Importer

PARTS = 6
BASE = 48
PLANTED = 1000
ISSUE = """Half cents are lost when invoices are rounded

Calling round_invoice with half cents loses them. zzrepair should keep the half cents of an invoice.
"""
QUERIES = (ISSUE, "invoices are not right", "amounts of step_3_7 cut zzrepair", "zzrepair invoices")
"""The last two hold a word that only the future knows."""
KEY = "00" * 32
HUMAN = "fix-20300101-000000"
EMBEDDED = Settings(embedder="hashing")


def source(part: int, lines: int) -> str:
    """A module whose functions grow with the history."""
    body = "".join(f"def step_{part}_{line}(amount):\n    return amount + {line}\n\n\n" for line in range(lines))
    return f"{body}def round_invoice_{part}(amount):\n    return int(amount * 100) / 100\n"


def past(made: Importer) -> None:
    """The history up to the base commit: fixes of small modules, some with a test."""
    files = {f"billing/part{part}.py": source(part, 0) for part in range(PARTS)}
    made.commit("refs/heads/main", "Start the billing of invoices", files)
    for number in range(1, BASE):
        part = number % PARTS
        changed = {f"billing/part{part}.py": source(part, number)}
        if number % 4 == 0:
            changed[f"tests/test_part{part}.py"] = f"def test_{number}():\n    pass\n"
        made.commit("refs/heads/main", f"Fix the amounts of step {number} in part {part}\n\nThey were cut.", changed)


class Planter:
    """Plants commits that fix the issue."""

    def __init__(self, made: Importer, base: str) -> None:
        self.made = made
        self.base = base
        self.marks: list[str] = []

    def plant(self, ref: str, count: int, parent: str) -> str:
        """So many commits on a ref, one after the other; the mark of the last one."""
        for at in range(count):
            number = len(self.marks)
            parents = (parent,) if at == 0 else ()
            message = f"Fix half cents lost when invoices are rounded (#{number})\n\n{ISSUE}"
            if number % 9 == 5:  # what the future took back is not taken back yet
                message = f'Revert "Fix the amounts"\n\nThis reverts commit {self.base}.'
            files = {
                "billing/part0.py": source(0, BASE).replace("int(amount", f"zzrepair({number}, amount"),
                f"planted/zzrepair_{number}.py": f"def zzrepair_{number}(half_cents):\n    return half_cents\n",
                f"changelog/{number}.bugfix.md": "Half cents of an invoice are kept.\n",
                "AGENTS.md": "# Half cents\n\nEvery fix of half cents calls zzrepair, as everybody knows here.\n",
            }
            parent = self.made.commit(ref, message, files, parents=parents)
            self.marks.append(parent)
        return parent

    def stash(self, base: str) -> str:
        """A stash as git makes it: the index's commit, and the working tree's with both as parents."""
        index = self.plant("refs/heads/zzindex", 1, base)
        tree = self.made.commit("refs/heads/zzstash", f"On main: {ISSUE}", {}, parents=(base, index))
        self.marks.append(tree)
        return tree

    def note(self, commits: list[str]) -> None:
        """Notes on commits of the past that tell the fix."""
        for commit in commits:
            told = {commit: ISSUE}
            self.marks.append(self.made.commit("refs/notes/commits", f"Notes that fix it\n\n{ISSUE}", {}, notes=told))


@dataclass
class World:
    """A repository full of the future, its store, and a clone and store that never saw any of it."""

    repo: Repository
    store: MemoryStore
    clean: Repository
    clean_store: MemoryStore
    base: str
    planted: frozenset[str]
    tips: dict[str, str]
    """A planted commit of each place, by the place's name."""


@pytest.fixture(autouse=True)
def same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world outlives one test's home, where the key would be."""
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", KEY)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("MEMCODER_MEMORY_KEY", KEY)
        yield from make_world(folder)


def make_world(folder: Path) -> Iterator[World]:
    made = GitRepo(folder / "future")
    base, planted, tips, revisions = plant_everywhere(made)
    clean = GitRepo(folder / "clean")
    clean.git("fetch", "--quiet", "--no-tags", f"file://{made.path}", base)
    clean.git("checkout", "--quiet", "-B", "main", base)
    one, other = Repository.open(made.path), Repository.open(clean.path)
    settings = [EMBEDDED.model_copy(update={"store": folder / name}) for name in ("store", "clean-store")]
    with MemoryStore.open(settings[0], one.key) as store, MemoryStore.open(settings[1], other.key) as clean_store:
        for revision in revisions:
            mine(one, store, revision=revision, within=0.0)
        mine(one, store, revision="refs/heads/fix")
        store.put([human_fix(one.key, tips["descendants"])])
        mine(one, store)
        mine(other, clean_store)
        # Mining worked out the fixes that weights as of the tip are learned from; as of the base others count.
        learn_weights(one, store, base)
        yield World(one, store, other, clean_store, base, planted, tips)


def plant_everywhere(made: GitRepo) -> tuple[str, frozenset[str], dict[str, str], list[str]]:
    """Base commit, planted commits, a planted commit of each place, and the revisions that together reach all."""
    writer = Importer()
    past(writer)
    ids = writer.run(made)
    base = ids[f":{BASE}"]
    planter = Planter(writer, base)
    tips = {"branch": planter.plant("refs/heads/fix", 200, base)}
    old = ids[f":{BASE // 2}"]
    tips["old branch"] = planter.plant("refs/heads/old-fix", 100, old)
    tips["tag"] = planter.plant("refs/tags/v2", 150, base)
    tips["reset away"] = planter.plant("refs/heads/zzlost", 150, base)
    amended = [planter.plant("refs/heads/zzamended", 1, base) for _ in range(5)]
    stashes = [planter.stash(base) for _ in range(5)]
    tips["stash"] = stashes[0]
    planter.note([ids[f":{number}"] for number in range(1, BASE)])
    side = planter.plant("refs/heads/side", 100, base)
    tips["amended"] = amended[2]
    left = PLANTED - len(planter.marks) - 1
    main = planter.plant("refs/heads/main", left // 2, base)
    merged = writer.commit("refs/heads/main", f"Merge the fix\n\n{ISSUE}", {}, parents=(main, side))
    planter.marks.append(merged)
    tips["descendants"] = planter.plant("refs/heads/main", left - left // 2, merged)
    ids = writer.run(made)
    tips = {name: ids[mark] for name, mark in tips.items()}
    # Where git keeps what no ref names: the reflog of a branch that was reset, and that of the stash.
    for lost in [tips["reset away"], *(ids[mark] for mark in amended), base]:
        made.git("update-ref", "--create-reflog", "-m", "reset", "refs/heads/topic", lost)
    for stash in reversed(stashes):
        made.git("stash", "store", "--message", "half cents", ids[stash])
    for name in ("zzlost", "zzamended", "zzindex", "zzstash", "side"):
        made.git("update-ref", "-d", f"refs/heads/{name}")
    made.git("read-tree", "main")
    revisions = [
        tips["descendants"], "refs/heads/fix", "refs/heads/old-fix", "refs/tags/v2", "refs/notes/commits",
        tips["reset away"], *(ids[mark] for mark in amended), *(f"stash@{{{at}}}" for at in range(len(stashes))),
    ]  # fmt: skip
    return base, frozenset(ids[mark] for mark in planter.marks), tips, revisions


def human_fix(key: str, base: str) -> Memory:
    """A fix that a human accepted in the future."""
    return Memory(
        id=HUMAN,
        kind="fix",
        message=ISSUE,
        change=Change(files=(FileChange(path="billing/part0.py"),), kind="fix", patch=ISSUE),
        provenance=Provenance(repository=key, commit=base, author="me", time=2_000_000_000, source="human"),
        trust="accepted",
    )


def text_of(answer: Any) -> str:
    return str(answer.model_dump_json())


def betrays(world: World, text: str) -> list[str]:
    """What of the future stands in a text: hashes, long or short, and names that exist only there."""
    hashes = [sha[:10] for sha in world.planted if sha[:10] in text]
    return hashes + [name for name in ("zzrepair_", "planted/", "changelog/", "AGENTS.md", HUMAN) if name in text]


def without_query(found: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text_of(found))
    return {name: data[name] for name in ("as_of", "memories", "files", "symbols", "complete", "notes")}


def test_a_thousand_planted_commits_are_in_the_store(world: World) -> None:
    assert len(world.planted) == PLANTED
    assert world.planted <= world.store.known_commits()
    assert world.repo.ancestors(world.base).isdisjoint(world.planted)
    reached = set(GitRepo.git(GitRepo(world.repo.path), "rev-list", "--all").split())
    assert len(world.planted - reached) > 150  # by reflogs alone
    assert world.clean_store.known_commits().isdisjoint(world.planted)


@pytest.mark.parametrize("query", QUERIES)
def test_recall_as_of_the_base_is_as_if_the_future_were_not_there(world: World, query: str) -> None:
    found = recall(world.repo, world.store, query, as_of=world.base, k=200, places=200)
    assert not betrays(world, text_of(found.model_copy(update={"query": ""})))
    expected = recall(world.clean, world.clean_store, query, as_of=world.base, k=200, places=200)
    assert without_query(found) == without_query(expected)
    assert found.files


def test_control_as_of_each_place_the_fix_is_found_at_once(world: World) -> None:
    for place, commit in world.tips.items():
        found = recall(world.repo, world.store, ISSUE, as_of=commit, k=3)
        assert found.memories[0].memory.id in world.planted | {HUMAN}, place
        assert betrays(world, text_of(found)), place


def test_weights_are_learned_from_the_past_alone(world: World) -> None:
    def examples(repo: Repository, store: MemoryStore) -> list[str]:
        index = memory_index(store)
        return [index.ids[number] for number in chosen(index, visible(repo, store, index, world.base))]

    assert examples(world.repo, world.store) == examples(world.clean, world.clean_store)
    assert len(examples(world.clean, world.clean_store)) > 20
    index = memory_index(world.store)
    seen = visible(world.repo, world.store, index, world.tips["descendants"])
    assert world.planted.intersection(index.ids[number] for number in chosen(index, seen))


def test_conventions_count_the_past_alone(world: World) -> None:
    then = conventions(world.repo, world.store, as_of=world.base)
    expected = conventions(world.clean, world.clean_store, as_of=world.base)
    assert [text_of(memory) for memory in then] == [text_of(memory) for memory in expected]
    assert not any(betrays(world, text_of(memory)) for memory in then)
    now = conventions(world.repo, world.store, as_of=world.tips["descendants"])
    assert any(betrays(world, text_of(memory)) for memory in now)


def test_policies_counted_in_the_future_are_not_recalled(world: World) -> None:
    assert recall(world.repo, world.store, ISSUE, as_of=world.tips["descendants"]).policies
    found = recall(world.repo, world.store, ISSUE, as_of=world.base).policies
    assert all(policy.provenance.commit in world.repo.ancestors(world.base) for policy in found)


def test_why_cites_the_past_alone(world: World) -> None:
    found = why(world.repo, world.store, "billing/part0.py", as_of=world.base)
    assert not betrays(world, text_of(found))
    assert text_of(found) == text_of(why(world.clean, world.clean_store, "billing/part0.py", as_of=world.base))
    assert betrays(world, text_of(why(world.repo, world.store, "billing/part0.py", as_of=world.tips["descendants"])))


def test_tools_for_other_agents_answer_from_the_past_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    tools = Tools(world.repo.path, world.store.folder)
    for as_of in (world.base, world.base[:12], "topic"):
        answers = (tools.recall(ISSUE, as_of, 20), tools.why("billing/part0.py", as_of), tools.conventions("", as_of))
        assert not any(betrays(world, text_of(answer)) for answer in answers)
    assert all(
        betrays(world, text_of(answer))
        for answer in (tools.recall(ISSUE, "HEAD", 20), tools.why("billing/part0.py", "HEAD"))
    )


def test_the_cut_says_how_many_were_hidden(world: World) -> None:
    cut = explain_cut(world.repo, world.store, ISSUE, as_of=world.base)
    assert cut.visible <= BASE
    assert sum(cut.hidden.values()) >= PLANTED
    assert set(cut.hidden) == {"no ancestor", "its commit vanished from the history"}
