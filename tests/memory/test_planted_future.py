"""Planted future: a thousand commits that solve the issue, in the store, and none of them an ancestor.

Each attack stands beside a control: as of a tip that may see the planted commits, they are found at once.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.why import why
from memcoder.records import Recall
from tests.helpers import GitRepo
from tests.memory.conftest import SETTINGS
from tests.memory.fast_history import Planned, fast_import, trade

ISSUE = "The voucher total is wrong\n\nA voucher of a parcel is ignored when the basket holds a coupon, in round 3."
SECRET = "zyzzyva"
"""A word that only planted commits and their code have."""
KINDS = ("branch", "tag", "stash", "notes", "reflog", "descendant")
EACH = {"branch": 200, "tag": 200, "stash": 100, "notes": 150, "reflog": 150, "descendant": 200}
QUERIES = (ISSUE, f"voucher {SECRET}", f"{SECRET} total", "trade/voucher.py is short", "parcel")


@dataclass(frozen=True)
class Planted:
    repo: Repository
    base: str
    tips: dict[str, str]
    early: dict[str, str]
    """The fourth of each chain: later on their words are too common to tell them apart."""
    shas: frozenset[str]
    store: MemoryStore
    clean: MemoryStore
    """Mined before anything was planted."""
    home: str
    """Where the key is that signed them."""


def _solution(kind: str, number: int) -> dict[str, str]:
    text = (
        f"def voucher_total(lines):\n    return {SECRET}(lines, {number})\n\n\ndef {SECRET}(lines, n):\n    return n\n"
    )
    return {"trade/voucher.py": text, f"trade/{SECRET}_{kind}.py": text}


def _plant(made: GitRepo, kind: str, ref: str, base: str) -> list[str]:
    """A chain of commits on a ref; notes have no parent in the history, all others begin at the base."""
    planned = []
    for number in range(EACH[kind]):
        message = f"Fix {ISSUE} ({kind} {number})\n\nSolved by {SECRET}."
        if number % 9 == 5:
            message = f'Revert "Add the voucher helpers"\n\nThis reverts commit {base}.'
        parent = base if number == 0 and kind != "notes" else ""
        planned.append(Planned(ref, message, _solution(kind, number), parent))
    return fast_import(made, planned)


def _plant_all(made: GitRepo, base: str) -> dict[str, list[str]]:
    chains = {
        "branch": _plant(made, "branch", "refs/heads/side", base),
        "tag": _plant(made, "tag", "refs/heads/tagged", base),
        "stash": _plant(made, "stash", "refs/heads/stashed", base),
        "notes": _plant(made, "notes", "refs/notes/fixes", base),
        "reflog": _plant(made, "reflog", "refs/heads/gone", base),
        "descendant": _plant(made, "descendant", "refs/heads/later", base),
    }
    made.git("tag", "-a", "-m", ISSUE, "v9", "tagged")
    made.git("branch", "-D", "tagged")
    made.git("checkout", "--quiet", "gone")  # notes it in the reflog of HEAD, which is all that then holds it
    made.git("checkout", "--quiet", "stashed")
    made.git("branch", "-D", "gone")
    made.write({"trade/voucher.py": f"def voucher_total():\n    return {SECRET}()\n"})
    made.git("stash", "push", "--message", ISSUE)
    chains["stash"].append(made.git("rev-parse", "stash@{0}"))
    chains["stash"].append(made.git("rev-parse", "stash@{0}^2"))
    made.git("checkout", "--quiet", "main")
    made.git("branch", "-D", "stashed")
    made.git("notes", "add", "-m", f"{ISSUE} {SECRET}", base)
    chains["notes"].append(made.git("rev-parse", "refs/notes/commits"))
    return chains


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("planted")
    made = GitRepo(folder / "trade")
    base = fast_import(made, trade())[-1]
    made.git("reset", "--quiet", "--hard")
    repo = Repository.open(made.path)
    before, after = (
        SETTINGS.model_copy(update={"store": folder / name, "embedder": "none"}) for name in ("clean", "full")
    )
    with MemoryStore.open(before, repo.key) as clean, MemoryStore.open(after, repo.key) as store:
        mine(repo, clean)
        mine(repo, store)
        chains = _plant_all(made, base)
        tips = {kind: chains[kind][EACH[kind] - 1] for kind in KINDS} | {"stash": chains["stash"][-2]}
        for tip in (*tips.values(), chains["notes"][-1]):
            mine(repo, store, revision=tip)
        shas = frozenset(sha for chain in chains.values() for sha in chain)
        early = {kind: chains[kind][3] for kind in KINDS}
        yield Planted(repo, base, tips, early, shas, store, clean, os.environ["MEMCODER_HOME"])


@pytest.fixture(autouse=True)
def same_key(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a home of its own, and with it another key; here all share the one that signed."""
    monkeypatch.setenv("MEMCODER_HOME", planted.home)


def _told(found: Recall) -> tuple[object, ...]:
    """All that a recall says but for the conventions, which are kept as of the last mine alone."""
    return found.memories, found.files, found.symbols, found.complete, found.notes


def test_a_thousand_were_planted_and_all_are_in_the_store(planted: Planted) -> None:
    assert len(planted.shas) >= 1000
    assert planted.shas <= planted.store.known_commits()
    assert not planted.shas & planted.clean.known_commits()
    assert not planted.shas & planted.repo.ancestors(planted.base)


@pytest.mark.parametrize("query", QUERIES)
def test_recall_as_of_the_base_is_what_it_was_before_they_came(planted: Planted, query: str) -> None:
    found = recall(planted.repo, planted.store, query, as_of=planted.base, k=50)
    before = recall(planted.repo, planted.clean, query, as_of=planted.base, k=50)
    assert found.memories
    assert _told(found) == _told(before)
    told = found.model_copy(update={"query": ""}).model_dump_json()
    assert SECRET not in told
    assert not [sha for sha in planted.shas if sha[:7] in told]
    assert {one.provenance.commit for one in found.policies} <= planted.repo.ancestors(planted.base)


@pytest.mark.parametrize("kind", KINDS)
def test_as_of_a_planted_commit_they_are_found_at_once(planted: Planted, kind: str) -> None:
    found = recall(planted.repo, planted.store, f"{ISSUE} {SECRET}", as_of=planted.early[kind])
    assert found.memories[0].memory.id in planted.shas
    assert SECRET in "".join(place.path for place in found.files)


def test_weights_as_of_the_base_are_learned_from_its_own_past_alone(planted: Planted) -> None:
    from memcoder.memory import rankers
    from memcoder.memory.learn import chosen, file_weights, unit_weights
    from memcoder.memory.recall import scene_of

    scenes = [scene_of(planted.repo, store, ISSUE, planted.base)[0] for store in (planted.store, planted.clean)]
    for scene in scenes:
        examples = chosen(scene.index, scene.visible)
        assert len(examples) >= 20
        assert {scene.index.ids[number] for number in examples} <= planted.repo.ancestors(planted.base)
    for learn, names in ((file_weights, rankers.FILES), (unit_weights, rankers.UNITS)):
        assert learn(scenes[0], tuple(names)).tolist() == learn(scenes[1], tuple(names)).tolist()
    tip = scene_of(planted.repo, planted.store, ISSUE, planted.tips["branch"])[0]
    assert planted.shas & {tip.index.ids[number] for number in chosen(tip.index, tip.visible)}


def test_why_as_of_the_base_cites_none_and_as_of_a_tip_it_does(planted: Planted) -> None:
    then = why(planted.repo, planted.store, "trade/voucher.py", as_of=planted.base).model_dump_json()
    assert not [sha for sha in planted.shas if sha[:7] in then]
    assert SECRET not in then
    later = why(planted.repo, planted.store, "trade/voucher.py", as_of=planted.tips["descendant"]).model_dump_json()
    assert [sha for sha in planted.shas if sha in later]


def test_a_store_that_was_mined_at_the_tips_first_tells_the_same(planted: Planted, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"store": tmp_path / "cold", "embedder": "none"})
    bare = SETTINGS.model_copy(update={"store": tmp_path / "alone", "embedder": "none"})
    with MemoryStore.open(settings, planted.repo.key) as store, MemoryStore.open(bare, planted.repo.key) as alone:
        mine(planted.repo, store, revision=planted.tips["descendant"])
        mine(planted.repo, store, revision=planted.base)
        mine(planted.repo, alone, revision=planted.base)
        for query in QUERIES:
            found = recall(planted.repo, store, query, as_of=planted.base)
            assert _told(found) == _told(recall(planted.repo, alone, query, as_of=planted.base))
