"""Practice on a real history, with the project's own tests: blind, dated, resumable, and no human's word."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from memcoder.cli.practise import command as practise_command
from memcoder.config import Settings, home
from memcoder.errors import FaultError, MissingError, UsageError
from memcoder.history.repository import Repository
from memcoder.internalize.practise import run as room
from memcoder.internalize.practise.attempt import Practised
from memcoder.internalize.practise.past import OfPast
from memcoder.internalize.practise.run import PracticeLimits, PracticeReport, practise
from memcoder.internalize.review import accept
from memcoder.internalize.sync import sync
from memcoder.memory.guard import Guard
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.utility import showings
from memcoder.models import scripted
from memcoder.records import Memory, Provenance, Usage
from memcoder.runs.store import RunStore
from memcoder.tasks.make import Wanted
from tests.helpers import GitRepo
from tests.internalize.exercises import RIGHT, WRONG_PLACE, make_exercises, script, script_of

UNLIMITED, TWO = PracticeLimits(), Wanted(count=2)


class Done(NamedTuple):
    """A practice that came to its end."""

    git: GitRepo
    shas: dict[str, str]
    folder: Path
    """Of all that is not in the home: store, out."""
    settings: Settings
    report: PracticeReport


def work(
    git: GitRepo,
    folder: Path,
    settings: Settings,
    *,
    wanted: Wanted = TWO,
    limits: PracticeLimits = UNLIMITED,
    say: Callable[[str], None] = print,
) -> PracticeReport:
    own = settings.model_copy(update={"store": folder / "store"})
    repo = Repository.open(git.path)
    return practise(repo, "example/shop", own, wanted, limits, out=folder / "out", say=say)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Done:
    """One practice for the tests that look at what came of it."""
    folder = tmp_path_factory.mktemp("practise")
    git, shas = make_exercises(folder / "example__shop")
    settings = script(folder, WRONG_PLACE, RIGHT)
    return Done(git, shas, folder, settings, work(git, folder, settings))


@pytest.fixture
def key(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home in which the practice's records were signed."""
    monkeypatch.setenv("MEMCODER_HOME", str(next(done.folder.parent.glob("session*/home/memcoder"))))


def by_commit(done: Done) -> dict[str, Practised]:
    return {one.commit: one for one in done.report.practised}


def lessons(done: Done) -> list[Memory]:
    own = done.settings.model_copy(update={"store": done.folder / "store"})
    with MemoryStore.open(own, Repository.open(done.git.path).key) as store:
        return [*store.all("lesson"), *store.all("guardrail")]


def test_past_fixes_are_attempted_the_oldest_first_and_graded_by_their_own_tests(done: Done) -> None:
    first, second = done.report.practised
    assert (first.commit, second.commit) == (done.shas["rounding"], done.shas["negative"])
    assert (first.resolved, second.resolved) == (False, True)
    assert (first.parted, first.reason) == ("file", "1 tests that the fix mends do not pass")
    assert (done.report.stopped, done.report.faults, done.report.tasks) == ("", (), 2)


@pytest.mark.usefixtures("key")
def test_what_sets_an_attempt_apart_from_the_fix_is_kept_and_dated_by_it(done: Done) -> None:
    kept = {memory.id: memory for memory in lessons(done)}
    assert set(kept) == set(done.report.lessons)
    of_first = [kept[one] for one in by_commit(done)[done.shas["rounding"]].lessons]
    told = "\n".join(memory.message for memory in of_first)
    assert "`round_cents` (`shop/money.py`)" in told
    assert "`shop/__init__.py`" in told
    assert {memory.kind for memory in of_first} == {"lesson", "guardrail"}
    for memory in of_first:
        origin = memory.provenance
        assert (origin.commit, origin.source, memory.trust) == (done.shas["rounding"], "history", "history")
        assert [link.target for link in memory.links if link.relation == "distilled_from"] == [origin.commit]


@pytest.mark.usefixtures("key")
def test_an_attempt_that_resolves_the_issue_teaches_nothing_of_where_it_differs(done: Done) -> None:
    kept = {memory.id: memory for memory in lessons(done)}
    topics = {kept[one].lesson.topic for one in by_commit(done)[done.shas["negative"]].lessons}  # type: ignore[union-attr]
    assert topics <= {"tests", "changelog", "helper", "together"}


@pytest.mark.usefixtures("key")
def test_no_recall_as_of_an_earlier_commit_sees_what_was_learned(done: Done) -> None:
    repo = Repository.open(done.git.path)
    own = done.settings.model_copy(update={"store": done.folder / "store"})

    def learned(as_of: str) -> set[str]:
        with MemoryStore.open(own, repo.key) as store:
            found = recall(repo, store, "prices lose half a cent in the shop", as_of=done.shas[as_of], k=20)
        return {one.memory.id for one in found.memories} & set(done.report.lessons)

    of_first = set(by_commit(done)[done.shas["rounding"]].lessons)
    assert learned("start") == set()
    assert learned("rounding")
    assert learned("rounding") <= of_first


def events(done: Done, one: Practised) -> str:
    return (done.folder / "out" / "runs" / one.run / "trajectory.jsonl").read_text()


def test_attempts_are_blind(done: Done) -> None:
    first, second = done.report.practised
    for text in (done.shas["rounding"], "100 + 0.5", "test_half_goes_up", "#12"):
        assert text not in events(done, first)
    for text in (done.shas["negative"], "test_below_nothing"):
        assert text not in events(done, second)
    assert "if amount < 0" in events(done, second), "the control: what the attempt itself wrote is there"


@pytest.mark.usefixtures("key")
def test_what_an_attempt_was_shown_fared_as_the_fix_s_own_tests_say(done: Done) -> None:
    own = done.settings.model_copy(update={"store": done.folder / "store"})
    with MemoryStore.open(own, Repository.open(done.git.path).key) as store:
        kept = {(one.run, one.memory): one for one in showings(store)}
    first, second = done.report.practised
    assert first.shown == (done.shas["start"],)
    of_first, of_second = kept[first.run, done.shas["start"]], [one for one in kept.values() if one.run == second.run]
    assert (of_first.won, of_first.commit) == (False, done.shas["rounding"]), "known from the fix on"
    assert {one.won for one in of_second} == {True}
    assert set(second.shown) & set(first.lessons), "what the first one taught was shown to the second"


@pytest.mark.usefixtures("key")
def test_no_attempt_is_a_proposal_that_a_human_could_accept(done: Done) -> None:
    own = done.settings.model_copy(update={"store": done.folder / "store"})
    with MemoryStore.open(own, Repository.open(done.git.path).key) as store:
        assert list(store.all("fix")) == []
        assert {memory.trust for memory in store.all()} == {"history"}
    assert RunStore.open().all() == []
    assert sync(Repository.open(done.git.path), own).found == (), "nor is one found merged, whose fix is in the history"
    with pytest.raises(UsageError, match="no run"):
        accept(done.report.practised[1].run, "Alice", own)
    runs = RunStore.open(done.folder / "out" / "runs").all()
    assert [run.id for run in runs] == [one.run for one in done.report.practised], "they can be shown"
    assert [run.review for run in runs] == [None, None]


@pytest.mark.usefixtures("key")
def test_the_same_again_attempts_nothing_and_changes_nothing(done: Done) -> None:
    own = done.settings.model_copy(update={"store": done.folder / "store"})

    def versions() -> tuple[int, int]:
        with MemoryStore.open(own, Repository.open(done.git.path).key) as store:
            count = store.database.execute
            return count("SELECT count(*) FROM versions").fetchone()[0], count(
                "SELECT count(*) FROM showings"
            ).fetchone()[0]

    before = versions()
    again = work(done.git, done.folder, script(done.folder))  # a model that has nothing more to say
    assert again.practised == done.report.practised
    assert versions() == before
    assert not (done.folder / "out" / "clones").exists() or not list((done.folder / "out" / "clones").iterdir())


@pytest.fixture
def exercises(tmp_path: Path, done: Done) -> GitRepo:
    """The same past once more, whose tasks need not be proven again."""
    git, shas = make_exercises(tmp_path / "example__shop")
    assert shas == done.shas
    shutil.copytree(done.folder / "out" / "tasks", tmp_path / "out" / "tasks")
    return git


def test_cut_off_it_goes_on_and_ends_as_an_undisturbed_one(exercises: GitRepo, tmp_path: Path, done: Done) -> None:
    def cut(line: str) -> None:
        if line.startswith("2 of 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(exercises, tmp_path, script(tmp_path, WRONG_PLACE), say=cut)
    notes = tmp_path / "out" / "practised.jsonl"
    with notes.open("a") as file:
        file.write('{"task": "cut o')
    report = work(exercises, tmp_path, script(tmp_path, RIGHT))
    assert [one.resolved for one in report.practised] == [False, True]
    assert len(report.lessons) == len(done.report.lessons)
    assert len(notes.read_text().splitlines()) == 2
    assert len(RunStore.open(tmp_path / "out" / "runs").all()) == 2


def test_limits_stop_it_and_higher_ones_let_it_go_on(
    exercises: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "Usage", partial(Usage, tokens_in=10))  # what each reply costs
    settings = script(tmp_path, WRONG_PLACE, RIGHT)
    late = work(exercises, tmp_path, settings, limits=PracticeLimits(seconds=0))
    assert (late.practised, late.tasks) == ((), 2)
    assert "--max-total-time" in late.stopped
    poor = work(exercises, tmp_path, settings, limits=PracticeLimits(tokens=10))
    assert "10 tokens" in poor.stopped
    assert (poor.practised, poor.spent.tokens) == ((), 10), "cut off in the middle of the first attempt"
    script_of(tmp_path, ("submit", {"summary": "Done."}))  # its command was run, and is not asked for again
    richer = work(exercises, tmp_path, settings, limits=PracticeLimits(tokens=20))
    assert [one.resolved for one in richer.practised] == [False]
    assert "20 tokens" in richer.stopped
    assert len(RunStore.open(tmp_path / "out" / "runs").all()) == 1


def test_a_fault_is_told_and_tried_again_and_fault_after_fault_ends_it(
    exercises: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = work(exercises, tmp_path, script(tmp_path))
    assert (len(report.faults), report.practised) == (2, ())
    monkeypatch.setattr(room, "MOST_FAULTS", 2)
    with pytest.raises(FaultError):
        work(exercises, tmp_path, script(tmp_path))


def test_a_past_without_exercises_and_a_missing_model_are_refused(tmp_path: Path) -> None:
    git = GitRepo(tmp_path / "empty")
    git.commit("Say hello", {"README.md": "Hello.\n"})
    said: list[str] = []
    with pytest.raises(MissingError, match="makes no exercise"):
        work(git, tmp_path, script(tmp_path), say=said.append)
    assert any("make no exercise: " in line for line in said), said
    with pytest.raises(UsageError, match="no model was chosen"):
        work(git, tmp_path, Settings(sandbox="local"))


def test_two_at_once_are_refused(exercises: GitRepo, tmp_path: Path) -> None:
    with room._alone(tmp_path / "out"), pytest.raises(UsageError, match="another memcoder practises"):
        work(exercises, tmp_path, script(tmp_path))


def test_memory_of_a_past_issue_knows_nothing_later_undated_or_telling(exercises: GitRepo, tmp_path: Path) -> None:
    repo = Repository.open(exercises.path)
    settings = script(tmp_path).model_copy(update={"store": tmp_path / "store"})
    start, rounding = exercises.git("rev-list", "--reverse", "HEAD").split()[:2]
    note = "Prices that lose half a cent in the shop"
    dated = Provenance(repository=repo.key, commit=start)
    with MemoryStore.open(settings, repo.key) as store:
        mine(repo, store)
        store.put(
            [
                Memory(id="undated", kind="lesson", message=note, provenance=Provenance(repository=repo.key)),
                Memory(id="telling", kind="lesson", message=f"{note} (#12)", provenance=dated),
                Memory(id="known", kind="lesson", message=f"{note}, says somebody else of it", provenance=dated),
            ]
        )
        control = {one.memory.id for one in recall(repo, store, note, as_of="HEAD", k=20).memories}
    assert {"undated", "telling", "known", rounding} <= control
    asked = OfPast(settings, repo.key, Guard(issues=frozenset({"12"})))
    found = {one.memory.id for one in asked.recall(repo, note, as_of=start, k=20).memories}
    assert "known" in found
    assert not found & {"undated", "telling", rounding}


def test_the_command_prints_one_document_and_its_exit_code_tells_of_limits(exercises: GitRepo, tmp_path: Path) -> None:
    settings = script(tmp_path, WRONG_PLACE)
    given = [str(exercises.path), "--tasks", "1", "--sandbox", "local", "--strategy", "tools", "--json"]
    given += ["--as-of", "HEAD~1", "--model", str(settings.model), "--store", str(tmp_path / "store")]
    runner = CliRunner(env={"MEMCODER_REPRODUCE": "false", "MEMCODER_EMBEDDER": "hashing"})
    late = runner.invoke(practise_command, [*given, "--max-total-time", "0"], standalone_mode=False)
    assert late.return_value == 4
    shown = runner.invoke(practise_command, given, standalone_mode=False)
    assert shown.return_value == 0, shown.output
    document = json.loads(shown.stdout)
    assert (document["attempted"], document["resolved"], document["stopped"]) == (1, 0, "")
    assert document["lessons"]
    assert Path(document["out"]).is_relative_to(home() / "practise")
    table = runner.invoke(practise_command, given[:7] + given[8:], standalone_mode=False)
    assert "1 of 1 attempted, 0 resolved" in table.stdout


def test_control_c_ends_the_command_with_a_word_on_how_to_go_on(
    exercises: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*given: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "practise", pressed)
    given = [str(exercises.path), "--sandbox", "local", "--model", "embedded"]
    done = CliRunner().invoke(practise_command, given, standalone_mode=False)
    assert done.return_value == 130
    assert "the same command goes on" in done.stderr
