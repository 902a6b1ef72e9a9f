"""The whole line from accepted fixes to a promoted adapter, on a tiny random base; the gate is real."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from memcoder.cli.common import run_command
from memcoder.cli.internalize import command
from memcoder.config import home
from memcoder.errors import FaultError, LimitError, MissingError, UsageError
from memcoder.history.repository import Repository
from memcoder.internalize import consolidate
from memcoder.internalize.consolidate import Consolidation, Heard, Wish
from memcoder.internalize.due import Plan
from memcoder.internalize.gate.decide import Judgement
from memcoder.internalize.probe import probe
from memcoder.internalize.training.example import Step, Training
from memcoder.memory.store import MemoryStore
from memcoder.models.adapters.registry import Registry
from memcoder.records import Memory
from tests.internalize.shop import SETTINGS, commit, fix, make_repo, opened, touching

SHORT = Training(epochs=1, batch=32, max_length=48, rank=2)


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return make_repo(tmp_path / "shop")


@pytest.fixture(autouse=True)
def few_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """The general probe's first items: asking all takes longer than everything else here."""
    items = probe()[:4]
    monkeypatch.setattr(consolidate, "probe", lambda: items)


def memories(repo: Repository, count: int = 5) -> list[Memory]:
    fixes = [fix(repo, at) for at in range(count)]
    past = [commit(repo, at) for at in range(8)]
    return [*fixes, *past, *(touching(repo, one, 100 + 10 * at + n) for at, one in enumerate(fixes) for n in range(5))]


@pytest.fixture
def store(repo: Repository) -> Iterator[MemoryStore]:
    with opened(repo, memories(repo)) as found:
        yield found


def begin(repo: Repository, store: MemoryStore, base: Path, **more: Any) -> tuple[Consolidation, Plan]:
    consolidation = Consolidation(repo, store, Wish(base=base, how=SHORT, **more))
    (plan,) = consolidation.survey().plans
    return consolidation, plan


def accept_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate's rule has tests of its own; here it is what comes after it that matters."""
    good = Judgement(accepted=True, reasons=("good",), scores={"candidate": 1.0})
    monkeypatch.setattr(consolidate, "judge_candidate", lambda *args, **named: good)


def test_a_candidate_that_learned_nothing_is_kept_refused_and_not_promoted(
    repo: Repository, store: MemoryStore, tiny: Path
) -> None:
    said: list[str] = []
    steps: list[Step] = []
    consolidation, plan = begin(repo, store, tiny)
    abandoned, recent = (store.folder / "internalize" / name for name in ("old", "recent"))
    for folder in (abandoned, recent):
        folder.mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    outcome = consolidation.run(plan, Heard(steps.append, None, said.append))
    adapter = outcome.adapter
    assert (adapter.verdict, outcome.promoted) == ("refused", False)
    assert any("on held-out questions it has" in reason for reason in adapter.reasons)
    assert not any("poisoned" in reason for reason in adapter.reasons)
    assert adapter.memories == tuple(sorted(f"fix-{at}" for at in range(5)))
    assert set(adapter.scores) >= {"base", "control", "candidate", "forgetting", "probe_base"}
    assert (adapter.base, adapter.round, adapter.parent) == (tiny.name, 1, None)
    assert Registry.open().promoted(adapter.alias) is None
    assert [line.partition(":")[0] for line in said][1:] == [
        "training the candidate",
        "training the control",
        "judging the candidate",
    ]
    assert list((store.folder / "internalize").iterdir()) == [recent], "nothing is left of the work"
    again = begin(repo, store, tiny)[0].run(plan, Heard(steps.append))
    assert again == outcome, "the same consolidation is not done twice"
    assert not begin(repo, store, tiny)[1].due


def test_an_accepted_candidate_is_promoted_and_the_next_round_goes_on_from_it(
    repo: Repository, store: MemoryStore, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_all(monkeypatch)
    consolidation, plan = begin(repo, store, tiny)
    first = consolidation.run(plan)
    assert first.promoted
    assert Registry.open().promoted(first.adapter.alias) == first.adapter
    store.put(memories(repo, 10))
    consolidation, plan = begin(repo, store, tiny)
    assert plan.due
    assert {one.memory.id for one in plan.new} == {f"fix-{at}" for at in range(5, 10)}
    second = consolidation.run(plan)
    assert (second.adapter.parent, second.adapter.round) == (first.adapter.id, 2)
    assert set(second.adapter.memories) == {f"fix-{at}" for at in range(10)}
    assert Registry.open().rollback(second.adapter.alias) == first.adapter


def test_no_promote_keeps_it_only(
    repo: Repository, store: MemoryStore, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_all(monkeypatch)
    consolidation, plan = begin(repo, store, tiny, promote=False)
    outcome = consolidation.run(plan)
    assert (outcome.adapter.verdict, outcome.promoted) == ("accepted", False)
    assert Registry.open().promoted(outcome.adapter.alias) is None


def test_cut_off_anywhere_it_goes_on_to_the_same_adapter(
    repo: Repository, store: MemoryStore, tiny: Path, tmp_path: Path
) -> None:
    consolidation, plan = begin(repo, store, tiny)
    whole = Consolidation(repo, store, consolidation.wish, Registry.open(tmp_path / "other")).run(plan)
    steps: list[int] = []
    for _ in range(3):
        with pytest.raises(LimitError):
            begin(repo, store, tiny, max_time=0.001)[0].run(plan, Heard(lambda step: steps.append(step.step)))
    assert steps == [1, 2, 3]

    def cut(what: str, done: int, total: int) -> None:
        if what == "asking control" and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consolidation.run(plan, Heard(progress=cut))
    assert not Registry.open().all()
    trained: list[Step] = []
    outcome = consolidation.run(plan, Heard(trained.append))
    assert trained == []
    assert outcome.adapter.id == whole.adapter.id
    assert outcome.adapter.scores == whole.adapter.scores


def test_a_memory_that_is_edited_while_it_trains_refuses_the_candidate(
    repo: Repository, store: MemoryStore, tiny: Path
) -> None:
    consolidation, plan = begin(repo, store, tiny)

    def edit(line: str) -> None:
        if line.startswith("judging"):
            store.put([fix(repo, 2, trust="quarantined")])

    outcome = consolidation.run(plan, Heard(say=edit))
    assert outcome.adapter.verdict == "refused"
    assert outcome.adapter.reasons[0].startswith("poisoned:")
    assert "fix-2" in outcome.adapter.reasons[0]


def test_two_at_once_are_refused(repo: Repository, store: MemoryStore, tiny: Path) -> None:
    consolidation, plan = begin(repo, store, tiny)
    with MemoryStore.open(SETTINGS, repo.key) as other:
        rival = Consolidation(repo, other, consolidation.wish)
        with store.lock("internalize"), pytest.raises(FaultError, match="another consolidation"):
            rival.run(plan)


def test_without_history_there_is_no_control(repo: Repository, tiny: Path) -> None:
    fixes = [fix(repo, at) for at in range(5)]
    past = [touching(repo, one, 10 * at + n) for at, one in enumerate(fixes) for n in range(5)]
    with opened(repo, [*fixes, *(one.model_copy(update={"trust": "imported"}) for one in past)]) as store:
        consolidation, plan = begin(repo, store, tiny)
        with pytest.raises(UsageError, match="no history to draw a control from"):
            consolidation.run(plan)


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output of the command, as `memcoder` itself would end."""
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return int(result.return_value or 0), result.stdout


def test_the_command_explains_line_by_line_and_trains_nothing(repo: Repository, tiny: Path) -> None:
    known = memories(repo)
    with opened(repo, [*known, fix(repo, 9, trust="quarantined")]):
        pass
    code, text = run(str(repo.path), "--base", str(tiny), "--dry-run")
    assert code == 0
    assert "the whole project: due" in text
    assert "5 accepted fixes are new since the last (no adapter yet); it takes 5: yes" in text
    assert "new: fix-0 " in text
    assert "not taught: fix-9: it is quarantined" in text
    code, text = run(str(repo.path), "--base", str(tiny), "--dry-run", "--json")
    document = json.loads(text)
    assert document["areas"][0]["due"] is True
    assert document["outcomes"] == []
    assert not (home() / "adapters").exists()


def test_without_the_base_it_says_what_is_due_and_trains_nothing(repo: Repository, tmp_path: Path) -> None:
    """A machine whose model was not fetched yet is no fault on a night on which there is nothing to train."""
    missing = str(tmp_path / "nowhere")
    assert run(str(repo.path), "--base", missing, "--if-due")[0] == 0
    with opened(repo, memories(repo)):
        pass
    code, text = run(str(repo.path), "--base", missing, "--dry-run")
    assert (code, "the whole project: due" in text) == (0, True)
    assert f"the base model {missing} is not there" in text
    with pytest.raises(MissingError, match="is not there"):
        run(str(repo.path), "--base", missing, "--if-due")


def test_the_command_does_nothing_successfully_unless_it_is_due(repo: Repository, tiny: Path) -> None:
    code, text = run(str(repo.path), "--base", str(tiny), "--if-due")
    assert (code, "nothing is due" in text) == (0, True)
    with pytest.raises(UsageError, match="no accepted fix"):
        run(str(repo.path), "--base", str(tiny))
    with opened(repo, memories(repo, 4)):
        pass
    code, text = run(str(repo.path), "--base", str(tiny), "--if-due")
    assert code == 0
    assert "4 accepted fixes are new since the last (no adapter yet); it takes 5: no" in text
    assert not (home() / "adapters").exists()
    with pytest.raises(UsageError, match="'elsewhere' is no area"):
        run(str(repo.path), "--base", str(tiny), "--area", "elsewhere")


def test_where_nothing_can_be_taught_only_the_bare_command_is_refused(repo: Repository) -> None:
    for asked in ("--dry-run", "--if-due"):
        code, text = run(str(repo.path), asked)
        assert (code, text) == (0, "nothing is due: there is no accepted fix or lesson to be taught\n")
    with pytest.raises(UsageError, match="no accepted fix or lesson"):
        run(str(repo.path))


@pytest.mark.slow
def test_the_command_trains_judges_and_says_why_it_refused(repo: Repository, tiny: Path) -> None:
    with opened(repo, memories(repo)):
        pass
    code, text = run(str(repo.path), "--base", str(tiny), "--epochs", "1", "--json")
    (outcome,) = json.loads(text)["outcomes"]
    assert code == 1
    assert outcome["adapter"]["verdict"] == "refused"
    assert outcome["adapter"]["training"]["epochs"] == 1
    code, text = run(str(repo.path), "--base", str(tiny), "--epochs", "1", "--if-due")
    assert code == 0, "refused once, it is not tried again until more is there"


def test_a_limit_of_time_has_its_exit_code(repo: Repository, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(repo, memories(repo)):
        pass
    monkeypatch.setattr("sys.argv", ["internalize", str(repo.path), "--base", str(tiny), "--max-time", "0.001"])
    assert run_command(command) == 4
