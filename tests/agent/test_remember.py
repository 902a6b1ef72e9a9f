"""All that an agent knows of the past comes through one protocol."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from memcoder.agent import remember
from memcoder.agent.remember import Stored, shown_by
from memcoder.agent.resolve import resolve
from memcoder.agent.work import shown_memories
from memcoder.config import Settings, home
from memcoder.errors import FaultError
from memcoder.history.repository import Repository
from memcoder.memory.store import MemoryStore
from memcoder.records import (
    Memory,
    Place,
    Provenance,
    Recall,
    RecalledMemory,
    Run,
    Task,
    TestRun,
    Utility,
    Verdict,
)
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore
from tests.helpers import GitRepo


def memory(message: str, kind: str = "commit", **more: object) -> Memory:
    facts = {"id": message, "kind": kind, "message": message, "provenance": Provenance(repository="r"), **more}
    return Memory.model_validate(facts)


class Elsewhere:
    """Another memory, which notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def begin(self, repo: Repository, report: Callable[[str], None]) -> None:
        self.asked.append("begin")

    def recall(self, repo: Repository, query: str, *, as_of: str, k: int, places: int = 20) -> Recall:
        self.asked.append(query)
        found = (RecalledMemory(memory=memory(f"Told of {len(self.asked)}"), score=1.0),)
        return Recall(query=query, as_of=as_of, memories=found, files=(Place(path="shape.py"),))

    def policies(self, repo: Repository, *, as_of: str) -> tuple[Memory, ...]:
        self.asked.append("policies")
        return ()


def script(folder: Path, *calls: tuple[str, dict[str, str]]) -> Settings:
    lines = [{"text": "", "tool_calls": [{"name": name, "arguments": given}]} for name, given in calls]
    path = folder / "script.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Settings(model=f"scripted:{path}", sandbox="local", embedder="hashing", strategy="tools", command_timeout=60)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": "def area(width, height):\n    return width + height\n"})
    command = "python -c 'from shape import area; assert area(2, 3) == 6'"
    return Task(repository=str(made.path), base_commit="HEAD", issue="area is wrong", test_command=command)


def told(run: Run, event: str) -> str:
    events = RunLog(RunStore.open().path(run.id)).events()
    return json.dumps([each for each in events if each["event"] == event])


def test_the_first_recall_the_tool_and_customs_are_all_asked_of_it_and_no_store_is_made(
    task: Task, tmp_path: Path
) -> None:
    elsewhere = Elsewhere()
    sed = {"command": "sed -i 's/width + height/width * height/' shape.py"}
    chosen = script(tmp_path, ("recall", {"query": "areas"}), ("bash", sed), ("submit", {"summary": "Done."}))
    run = resolve(task, chosen, remember=elsewhere)
    assert elsewhere.asked == ["begin", "area is wrong", "areas", "policies"]
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert "Told of 2" in told(run, "call")
    assert "Told of 3" in told(run, "acted")
    assert not (home() / "stores").exists()


def test_a_run_that_goes_on_keeps_what_it_recalled(task: Task, tmp_path: Path) -> None:
    elsewhere = Elsewhere()
    with pytest.raises(FaultError, match="no more replies"):
        resolve(task, script(tmp_path, ("recall", {"query": "areas"})), remember=elsewhere)
    sed = {"command": "sed -i 's/width + height/width * height/' shape.py"}
    given = (("bash", sed), ("submit", {"summary": "Done."}))
    again = Elsewhere()
    run = resolve(task, script(tmp_path, *given), remember=again)
    assert again.asked == ["policies"], "neither recall is asked for twice"
    assert run.recall is not None
    assert run.recall.memories[0].memory.message == "Told of 2"


def test_a_distilled_memory_is_shown_by_what_was_made_of_it() -> None:
    told = {"problem": "It was slow.", "root_cause": "It counted twice.", "solution": "It counts once."}
    both = (memory("Count once\n\nA long body."), memory("Count once\n\nA long body.", **told))
    found = Recall(query="", as_of="", memories=tuple(RecalledMemory(memory=one, score=1.0) for one in both))
    assert shown_memories(found) == [
        "Count once\n\nA long body.",
        "Count once\nProblem: It was slow.\nRoot cause: It counted twice.\nSolution: It counts once.",
    ]


SED = {"command": "sed -i 's/width + height/width * height/' shape.py"}
SHOWN_AND_SOLVED = (("recall", {"query": "areas of shapes"}), ("bash", SED), ("submit", {"summary": "Done."}))


def utilities(task: Task, chosen: Settings) -> list[Utility]:
    with MemoryStore.open(chosen, Repository.open(task.repository).key) as store:
        return [memory.utility for memory in store.all("commit")]


def test_a_verified_run_moves_the_utility_of_what_it_was_shown_and_once(task: Task, tmp_path: Path) -> None:
    chosen = script(tmp_path, *SHOWN_AND_SOLVED)
    run = resolve(task, chosen)
    assert shown_by(RunLog(RunStore.open().path(run.id)).events()) == (Repository.open(task.repository).head(),)
    assert utilities(task, chosen) == [Utility(shown=1, used=1, won=1)]
    Stored(chosen).learn(Repository.open(task.repository), run, (Repository.open(task.repository).head(),))
    assert utilities(task, chosen) == [Utility(shown=1, used=1, won=1)]
    resolve(task, script(tmp_path, *SHOWN_AND_SOLVED), new=True)
    assert utilities(task, chosen) == [Utility(shown=2, used=2, won=2)], "another run counts again"


def test_an_outcome_that_is_handed_over_late_counts_once(task: Task, tmp_path: Path) -> None:
    chosen = script(tmp_path, *SHOWN_AND_SOLVED)

    def cut_off(run: Run) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resolve(task, chosen, hand_over=cut_off)
    resolve(task, chosen, hand_over=lambda run: None)
    assert len(RunStore.open().all()) == 1
    assert utilities(task, chosen) == [Utility(shown=1, used=1, won=1)]


def test_a_run_that_failed_its_tests_counts_as_lost_and_one_without_a_patch_as_shown(
    task: Task, tmp_path: Path
) -> None:
    wrong = {"command": "sed -i 's/width + height/width - height/' shape.py"}
    chosen = script(tmp_path, ("bash", wrong), ("submit", {"summary": "Done."}), ("bash", {"command": "true"}))
    with pytest.raises(FaultError, match="no more replies"):
        resolve(task, chosen)
    assert utilities(task, chosen) == [Utility()], "a fault says nothing of memories"
    stopped = resolve(task, chosen.model_copy(update={"max_steps": 2}), new=True)
    assert (stopped.state, utilities(task, chosen)) == ("stopped", [Utility(shown=1)])
    verdict = Verdict(status="failed", after=TestRun(command="t", exit_code=1))
    lost = stopped.model_copy(update={"id": "another", "verdict": verdict})
    Stored(chosen).learn(Repository.open(task.repository), lost, (Repository.open(task.repository).head(),))
    assert utilities(task, chosen) == [Utility(shown=2, lost=1)]


def test_a_memory_that_cannot_be_written_does_not_spoil_a_run(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise FaultError("the memory store cannot be written", "")

    monkeypatch.setattr(remember, "keep_showings", full)
    said: list[str] = []
    run = resolve(task, script(tmp_path, *SHOWN_AND_SOLVED), report=said.append)
    assert run.state == "done"
    assert any("does not know how this run ended" in line for line in said)


def test_what_a_model_was_never_asked_with_was_not_shown() -> None:
    recalled = {"event": "recalled", "recall": {"memories": [{"memory": {"id": name}} for name in "abcd"]}}
    acted = {"event": "acted", "memories": ["d", "a"]}
    assert shown_by([recalled]) == ()
    assert shown_by([recalled, {"event": "call"}]) == ("a", "b", "c")
    assert shown_by([recalled, {"event": "call"}, acted, {"event": "acted"}]) == ("a", "b", "c", "d")
