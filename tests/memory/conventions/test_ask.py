from collections.abc import Iterator

import pytest

from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import conventions, conventions_for
from memcoder.memory.mine import mine
from memcoder.memory.store import MemoryStore
from memcoder.records import Convention, Memory
from tests.helpers import GitRepo
from tests.memory.conventions.conftest import FIXES, add_fixes

from tests.memory.conftest import SETTINGS  # isort: skip


@pytest.fixture
def store(project: tuple[GitRepo, Repository]) -> Iterator[MemoryStore]:
    with MemoryStore.open(SETTINGS, project[1].key) as opened:
        yield opened


def of(memories: tuple[Memory, ...], rule: str, area: str = "") -> list[Convention]:
    found = [memory.convention for memory in memories if memory.convention]
    return [each for each in found if each.rule == rule and each.area == area]


def test_what_a_history_does_without_saying_so(project: tuple[GitRepo, Repository], store: MemoryStore) -> None:
    found = conventions(project[1], store)
    fix = next(each for each in of(found, "tests", "app/core") if each.kind == "fix")
    assert (fix.count, fix.total) == (FIXES, FIXES)
    assert fix.rate > 0.9
    assert fix.first < fix.last
    assert fix.examples[0] == project[1].head()
    changelog = next(each for each in of(found, "changelog-name") if each.kind == "fix")
    assert changelog.form == "changelog/N.bugfix.md"
    assert of(found, "test-folder", "app/core")[0].form == "tests/core/"
    assert of(found, "test-file", "app/core")[0].form == "app/{folder}/{name}.py → tests/{folder}/test_{name}.py"
    assert next(each for each in of(found, "message-prefix") if each.kind == "fix").form == "Fixed #N -- "
    assert of(found, "message-verb")[0].form == "past"
    assert of(found, "helper", "app/core")[0].form == "as_cents (app/util/money.py)"
    assert of(found, "tool")[0].form == "ruff"
    assert next(each for each in of(found, "size", "app/core") if each.kind == "fix").form == "1 lines"
    weights = [memory.convention.weight for memory in found if memory.convention]
    assert weights == sorted(weights, reverse=True)
    assert {memory.provenance.commit for memory in found} == {project[1].head()}


def test_a_path_gets_its_own_area_s_and_not_another_s(project: tuple[GitRepo, Repository], store: MemoryStore) -> None:
    core = conventions(project[1], store, path="app/core/part1.py")
    web = conventions(project[1], store, path="app/web/view1.py")
    assert of(core, "tests", "app/core")
    assert not of(web, "tests", "app/core")
    assert "Views" not in " ".join(memory.message for memory in core)
    assert "Views" in " ".join(memory.message for memory in web)
    assert of(core, "message-verb") == of(web, "message-verb") != []
    assert conventions_for(store, ["app/core/part1.py"]) == core


def test_only_ancestors_count(project: tuple[GitRepo, Repository], store: MemoryStore) -> None:
    made, repo = project
    base = repo.head()
    before = conventions(repo, store, as_of=base)
    made.git("checkout", "--quiet", "-b", "elsewhere")
    add_fixes(made, 12, tested=False, start=100)
    made.git("tag", "later")
    made.git("checkout", "--quiet", "main")
    add_fixes(made, 12, tested=False, start=200)
    with MemoryStore.open(SETTINGS.model_copy(update={"store": store.folder / "other"}), repo.key) as other:
        assert conventions(Repository.open(made.path), other, as_of=base) == before
        # The control: as of the later commit the later fixes do count.
        after = conventions(Repository.open(made.path), other)
    fixed = [each for each in of(after, "tests") if each.kind == "fix"]
    assert fixed[0].total == FIXES + 12
    assert fixed[0].rate < next(each.rate for each in of(before, "tests") if each.kind == "fix")


def test_counting_again_replaces_and_what_no_longer_holds_weighs_nothing(
    project: tuple[GitRepo, Repository], store: MemoryStore
) -> None:
    made, repo = project
    before = {memory.id: memory for memory in conventions(repo, store)}
    first = repo.head()
    assert conventions(repo, store) == tuple(before.values())
    made.commit("Drop the guidelines", {"app/web/AGENTS.md": None})
    after = {memory.id: memory for memory in conventions(repo, store)}
    gone = set(before) - set(after)
    assert {before[name].message.partition("\n")[0] for name in gone} == {"app/web/AGENTS.md › Views"}
    kept = {memory.id: memory for memory in store.all("policy")}
    assert set(kept) == set(before) | set(after)
    assert all(kept[name].convention.weight == 0 for name in gone)  # type: ignore[union-attr]
    assert not gone & {memory.id for memory in conventions_for(store, ["app/web/view1.py"])}
    # An older commit is counted anew, and does not push out what is kept of the newer one.
    assert {memory.id for memory in conventions(repo, store, as_of=first)} == set(before)
    assert {memory.id: memory for memory in store.all("policy")} == kept


def test_a_policy_that_was_edited_outside_is_counted_anew(
    project: tuple[GitRepo, Repository], store: MemoryStore
) -> None:
    found = conventions(project[1], store)
    store.database.execute("DROP TRIGGER versions_stay")
    with store.writing():
        store.database.execute("UPDATE versions SET body = replace(body, 'Fixes', 'Lies')")
    assert not any("Fixes" in memory.message for memory in conventions_for(store, ["app/core/part1.py"]))
    assert conventions(project[1], store) == found
    assert any("Fixes" in memory.message for memory in conventions_for(store, ["app/core/part1.py"]))


def test_from_the_store_the_same_is_counted_as_from_git(
    project: tuple[GitRepo, Repository], store: MemoryStore
) -> None:
    from_git = conventions(project[1], store)
    with MemoryStore.open(SETTINGS.model_copy(update={"store": store.folder / "mined"}), project[1].key) as mined:
        mine(project[1], mined)
        assert conventions(project[1], mined) == from_git


def test_policies_of_commits_that_may_not_be_seen_stay_hidden(
    project: tuple[GitRepo, Repository], store: MemoryStore
) -> None:
    made, repo = project
    base = repo.head()
    made.commit("Say more", {"README.md": "More.\n"})
    conventions(repo, store)
    assert conventions_for(store, ["app/core/part1.py"], repo.ancestors(base)) == ()
    assert conventions_for(store, ["app/core/part1.py"], repo.ancestors(repo.head()))
