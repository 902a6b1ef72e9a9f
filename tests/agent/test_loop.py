"""The loop alone: a scripted model, a real shell and a real log."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memcoder.agent.approval import Decision
from memcoder.agent.checkpoint import Checkpoints
from memcoder.agent.journal import Journal
from memcoder.agent.limits import Limits
from memcoder.agent.loop import IDLE, MOST_CALLS, Loop
from memcoder.agent.protocol import Native
from memcoder.agent.tools.base import Toolbox
from memcoder.agent.tools.bash import Bash
from memcoder.agent.work import Work
from memcoder.errors import LimitError
from memcoder.models.base import ToolCall
from memcoder.models.scripted import ScriptedModel
from memcoder.records import Task
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore
from tests.agent.tools.workshop import make_work
from tests.helpers import GitRepo


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    folder = tmp_path_factory.mktemp("loop")
    repo = GitRepo(folder / "repo")
    repo.commit("One", {"app.py": "x = 1\n"})
    with make_work(repo, folder) as made:
        yield made


def bash(*commands: str) -> dict[str, Any]:
    """A reply that calls bash so many times."""
    calls = [{"name": "bash", "arguments": {"command": command}} for command in commands]
    return {"text": "", "tool_calls": calls}


class Desk:
    """One loop, its model and its log."""

    def __init__(self, work: Work, folder: Path, log: RunLog, *replies: Any, **more: Any) -> None:
        script = folder / "script.jsonl"
        script.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
        self.model = ScriptedModel(script)
        self.log = log
        toolbox = Toolbox([Bash(work.sandbox, 20.0, 10_000)])
        journal = Journal(log, Limits(more.pop("steps", 100), 1e6, 1.0), lambda line: None)
        self.loop = Loop(
            self.model, toolbox, Native(toolbox), journal, Checkpoints(work.sandbox, toolbox), **more
        )  # fmt: skip
        self.loop.begin([{"role": "system", "content": "s"}, {"role": "user", "content": "u"}])

    def told(self) -> list[str]:
        """What the model was told so far, the first messages left out."""
        return [message["content"] for message in self.loop.messages[2:] if message["role"] != "assistant"]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.log.events() if event["event"] == kind]


Begin = Callable[..., Desk]


@pytest.fixture
def begin(work: Work, tmp_path: Path) -> Iterator[Begin]:
    task = Task(repository="/nowhere", base_commit="c", issue="i")
    log = RunStore(tmp_path / "runs").create(task, model="m", strategy="tools", seed=0, fingerprint="f")
    with log:
        yield lambda *replies, **more: Desk(work, tmp_path, log, *replies, **more)


def test_a_step_is_an_answer_and_what_came_of_its_calls(begin: Begin) -> None:
    desk = begin(bash("echo one", "echo two"), bash("exit 4"))
    assert [desk.loop.step().failed for _ in range(2)] == [False, True]
    assert [text.splitlines()[-2:-1] for text in desk.told()[:2]] == [["one"], ["two"]]
    assert desk.told()[2] == "exit code 4"
    assert desk.model.prompts[1] == desk.loop.messages[:5]


def test_the_log_has_everything_once(begin: Begin) -> None:
    desk = begin(*[bash(f"echo {number:04}") for number in range(60)], steps=60)
    for _ in range(60):
        desk.loop.step()
    lines = (desk.log.folder / "trajectory.jsonl").read_bytes().split(b"\n")[1:-1]
    assert len(lines) == 120
    assert abs(sum(map(len, lines[2:22])) - sum(map(len, lines[-20:]))) < 200, "a step's events do not grow"
    assert [len(event["prompt"]) for event in desk.events("call")] == [2] + [0] * 59
    with pytest.raises(LimitError, match="60 model calls"):
        desk.loop.step()


def test_what_cannot_be_called_is_told_and_too_much_of_it_ends_the_loop(begin: Begin) -> None:
    wrong = {"text": "", "tool_calls": [{"name": "dance", "arguments": {}}]}
    desk = begin("I am a teapot.", wrong, bash("true"), *["Teapot."] * IDLE)
    assert desk.loop.run() == ""
    assert desk.told()[0].startswith("You called no tool.")
    assert "there is no tool 'dance'; the tools are bash" in desk.told()[1]
    assert desk.loop.gave_up
    assert len(desk.events("call")) == 3 + IDLE
    assert desk.events("call")[1]["prompt"] == [{"role": "user", "content": desk.told()[0]}]


def test_a_flood_of_calls_is_cut(begin: Begin) -> None:
    desk = begin(bash(*["true"] * (MOST_CALLS + 2)))
    desk.loop.step()
    assert len(desk.events("acted")) == MOST_CALLS
    assert [text for text in desk.told() if "at once at most" in text] == desk.told()[-2:]


def test_repetition_is_named(begin: Begin) -> None:
    desk = begin(*[bash("cat nothing-here")] * 3)
    for _ in range(3):
        desk.loop.step()
    assert ["third time" in text for text in desk.told()] == [False, False, True]


def test_the_person_who_watches_decides(begin: Begin, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    decisions = {
        "edit me": Decision("edit", {"command": "echo edited"}),
        f"touch {witness}": Decision("reject", words="Not there."),
    }
    asked: list[ToolCall] = []

    def approve(call: ToolCall) -> Decision:
        asked.append(call)
        return decisions.get(call.arguments["command"], Decision("run"))

    desk = begin(bash("edit me"), bash(f"touch {witness}"), bash("echo run"), approve=approve)
    for _ in range(3):
        desk.loop.step()
    edited, rejected, run = desk.told()
    assert "changed the call to" in edited
    assert "\nedited\n" in edited
    assert (rejected, witness.exists()) == ("not run: the person who watches refused it. Not there.", False)
    assert "\nrun\n" in run
    assert next(event["arguments"]["command"] for event in desk.events("acted")) == "echo edited"
    assert len(asked) == 3


def test_an_interruption_by_the_person_leaves_the_call_to_be_asked_again(begin: Begin) -> None:
    def leave(call: ToolCall) -> Decision:
        raise KeyboardInterrupt

    desk = begin(bash("echo one"), approve=leave)
    with pytest.raises(KeyboardInterrupt):
        desk.loop.step()
    assert (len(desk.events("call")), len(desk.events("acted"))) == (1, 0)
    again = begin(bash("never paid for"))
    assert "one" in again.loop.step().text
    assert again.model.prompts == []
