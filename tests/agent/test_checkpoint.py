"""A run of the `tools` strategy that was cut off goes on with the sandbox as it was."""

import json
from pathlib import Path
from typing import Any

import pytest

from memcoder.agent import checkpoint
from memcoder.agent.resolve import resolve
from memcoder.agent.tools.base import Toolbox
from memcoder.agent.tools.bash import Bash
from memcoder.config import Settings
from memcoder.records import Run, Task
from memcoder.runs.log import EVENTS
from memcoder.runs.store import RunStore
from tests.agent.test_model_faults import CHECK
from tests.agent.test_resolve import SOURCE
from tests.agent.tools.workshop import make_work
from tests.helpers import GitRepo

EDIT = {"path": "shape.py", "old": "    return width + height", "new": "    return width - height"}


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"text": "", "tool_calls": [{"name": name, "arguments": arguments}]}


class Place:
    """A repository, a script of replies, and a file outside that each command leaves a mark in."""

    def __init__(self, folder: Path, sandbox: str = "local") -> None:
        self.folder = folder
        self.marks = folder / "marks"
        self.repo = GitRepo(folder / "repo")
        self.repo.commit("Add the area of shapes", {"shape.py": SOURCE, "sub/keep": ""})
        self.sandbox = sandbox
        mark = f"echo >> {self.marks}" if sandbox == "local" else "true"
        self.replies = [
            call("bash", command=f"cd sub; echo made > made; {mark}"),
            call("edit", **EDIT),
            call("submit", summary="first"),
            call("bash", command=f"cat made; sed -i 's/width - height/width * height/' ../shape.py; {mark}"),
            call("bash", command=f"rm made; pwd; {mark}"),
            call("submit", summary="second"),
        ]

    def solve(self, lines: list[bytes], number: int) -> Run:
        """Go on from a log of so many lines, with a script of what was not paid for."""
        store = RunStore(self.folder / f"runs-{number}")
        if lines:
            folder = store.folder / json.loads(lines[0])["id"]
            folder.mkdir(parents=True)
            (folder / EVENTS).write_bytes(b"".join(line + b"\n" for line in lines))
        paid = sum(json.loads(line)["event"] == "call" for line in lines)
        script = self.folder / "script.jsonl"
        script.write_text("".join(json.dumps(reply) + "\n" for reply in self.replies[paid:] or [call("bash")]))
        settings = Settings(model=f"scripted:{script}", sandbox=self.sandbox, embedder="hashing")
        task = Task(repository=str(self.repo.path), base_commit="HEAD", issue="area is wrong", test_command=CHECK)
        run = resolve(task, settings, runs=store)
        assert len(store.all()) == 1
        return run

    def log(self, number: int) -> list[bytes]:
        return next((self.folder / f"runs-{number}").glob(f"*/{EVENTS}")).read_bytes().split(b"\n")[:-1]

    def marked(self) -> int:
        """Commands that left their mark since it was asked last."""
        count = len(self.marks.read_text()) if self.marks.exists() else 0
        self.marks.unlink(missing_ok=True)
        return count


def outcome(run: Run) -> Any:
    assert run.verdict is not None
    attempts = [(one.number, one.action, one.before, one.after, one.passed) for one in run.attempts]
    return run.state, run.patch, run.verdict.status, attempts, run.usage.calls


def acted(lines: list[bytes]) -> list[dict[str, Any]]:
    return [event for event in map(json.loads, lines) if event["event"] == "acted"]


def test_cut_off_between_any_two_events_no_step_is_paid_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SHARE", 0)
    place = Place(tmp_path)
    whole = place.solve([], 0)
    assert whole.verdict is not None
    assert (whole.verdict.status, len(whole.attempts), place.marked()) == ("verified", 2, 3)
    lines = place.log(0)
    for cut in range(1, len(lines) - 1):
        done = sum(event["name"] == "bash" for event in acted(lines[:cut]))
        run = place.solve(lines[:cut], cut)
        assert outcome(run) == outcome(whole), f"cut after {lines[cut - 1][:80]!r}"
        assert place.marked() == 3 - done, f"cut after {lines[cut - 1][:80]!r}"


def test_quick_commands_after_the_last_diff_are_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "FIRST_COST", 1000.0)
    place = Place(tmp_path)
    whole = place.solve([], 0)
    lines = place.log(0)
    assert not any("state" in event for event in acted(lines))
    place.marked()
    cut = next(at for at, line in enumerate(lines) if b'"rm made' in line and b'"acted"' in line)
    assert outcome(place.solve(lines[:cut], 1)) == outcome(whole)
    assert place.marked() == 3, "two again, and the third for the first time"
    again = acted(place.log(1))[-2]["text"]
    assert checkpoint.RESTORED in again
    assert again.rstrip().endswith("/sub\n</data>")


def test_what_was_put_beside_the_code_does_not_get_in_the_way(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("One", {"shape.py": SOURCE})
    with make_work(repo, tmp_path) as work:
        work.sandbox.write("test_reproduction.py", b"x = 1\n")
        toolbox = Toolbox([Bash(work.sandbox, 20.0, 1000)])
        first = checkpoint.Checkpoints(work.sandbox, toolbox)
        toolbox.run("bash", {"command": "echo '# new' >> shape.py"})
        taken = first.take(1000.0)
        work.sandbox.reset()
        work.sandbox.write("test_reproduction.py", b"x = 1\n")
        second = checkpoint.Checkpoints(work.sandbox, toolbox)
        second.replayed({"changes": True, **taken})
        assert second.restore() == checkpoint.RESTORED
        assert work.sandbox.read("shape.py").endswith(b"# new\n")
        assert work.sandbox.read("test_reproduction.py") == b"x = 1\n"
        assert second.restore() == ""


@pytest.mark.docker
def test_a_container_is_brought_to_where_the_last_one_was(tmp_path: Path) -> None:
    place = Place(tmp_path, "docker")
    whole = place.solve([], 0)
    lines = place.log(0)
    cut = next(at for at, line in enumerate(lines) if b'"rm made' in line and b'"acted"' in line)
    assert outcome(place.solve(lines[:cut], 1)) == outcome(whole)
