"""`memcoder solve` killed and interrupted, as a process of its own, and repeated until it ends."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memcoder.records import Run
from memcoder.runs.log import EVENTS
from memcoder.runs.store import RunStore
from tests.agent.test_resolve import NONSENSE, RIGHT, SOURCE, WRONG
from tests.helpers import GitRepo
from tests.provider import Said, serve

TEST = """\
import unittest

from shape import area


class TestArea(unittest.TestCase):
    def test_area(self):
        self.assertEqual(area(2, 3), 6)
"""
ANSWERS: tuple[Any, ...] = (NONSENSE, WRONG, {"text": "return width * height", "infill": True})
"""Three attempts: one without an edit, one that fails, one that passes."""
SPARE = {"text": "", "infill": True}
"""Never paid for: a model that can fill in still can after its last answer."""
SECONDS = 180.0
Moment = Callable[[], bool]
"""Whether it has come."""


class Workplace:
    """A repository with a bug, and the one command that is run on it again and again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.temporary = folder / "temporary"
        self.temporary.mkdir(parents=True)
        self.repo = GitRepo(folder / "repo")
        self.repo.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST})

    @property
    def runs(self) -> RunStore:
        return RunStore(self.folder / "memcoder" / "runs")

    def events(self) -> list[dict[str, Any]]:
        """All whole events of all runs."""
        lines = [line for path in self.runs.folder.glob(f"*/{EVENTS}") for line in path.read_bytes().split(b"\n")[:-1]]
        return [json.loads(line) for line in lines]

    def model(self) -> str:
        """A script that holds the answers that were not yet paid for."""
        script = self.folder / "script.jsonl"
        paid = sum(len(event["replies"]) for event in self.events() if event["event"] == "call")
        script.write_text("".join(json.dumps(answer) + "\n" for answer in (*ANSWERS[paid:], SPARE)))
        return f"scripted:{script}"

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """The command, or another."""
        command = [
            *(sys.executable, "-m", "memcoder", "solve", str(self.repo.path), "--issue", "area(2, 3) should be 6"),
            *("--test", "python -m unittest -v", "--model", self.model(), "--sandbox", "local", *self.options),
        ]
        own = {"MEMCODER_HOME": str(self.folder / "memcoder"), "MEMCODER_EMBEDDER": "hashing"}
        return subprocess.Popen(
            [*command[:3], *words] if words else command,
            env={**os.environ, **own, "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def sitting(self, moment: Moment | None = None, by: int = signal.SIGKILL, words: str = "") -> tuple[int, str]:
        """Run the command, and cut it off once the moment has come; its exit code and what it said, errors first."""
        with self.start(*words.split()) as process:
            deadline = time.monotonic() + SECONDS
            while moment and process.poll() is None and not moment():
                assert time.monotonic() < deadline
                time.sleep(0.002)
            if moment and process.poll() is None:
                # Control-C reaches git as well, which the command has started; SIGKILL the command alone
                os.killpg(process.pid, by) if by == signal.SIGINT else process.kill()
            out, said = process.communicate(timeout=SECONDS)
        return process.returncode, said + out  # it may print the patch, and be interrupted on its way out

    def once_written(self, count: int) -> Moment:
        """Once the log holds so many events."""
        return lambda: sum(path.read_bytes().count(b"\n") for path in self._logs()) >= count

    def over(self) -> bool:
        """Whether there is nothing left to repeat: what is cut off after this was only on its way out."""
        events = self.events()
        return bool(events) and events[-1]["event"] == "handed over"

    def _logs(self) -> list[Path]:
        return list(self.runs.folder.glob(f"*/{EVENTS}"))

    def ended(self) -> Run:
        """The only run, with all that must hold once it has ended."""
        runs, broken = self.runs.survey()
        assert (len(runs), broken) == (1, [])
        kinds = [event["event"] for event in self.events()]
        assert kinds.count("finished") == 1
        assert "asked" not in kinds, "the same command, and a resume of it, ask for the same"
        assert self._logs()[0].read_bytes().endswith(b"\n")
        assert list(self.temporary.iterdir()) == []
        assert list((self.repo.path / ".git").glob("memcoder-*")) == []
        return runs[0]


def outcome(run: Run) -> Any:
    """What is equal in runs that took different times in different folders."""
    assert run.verdict is not None
    attempts = [
        (attempt.number, attempt.origin, attempt.action, attempt.after, plain(attempt.diagnosis), attempt.passed)
        for attempt in run.attempts
    ]
    change = run.verdict.comparison
    return run.state, run.patch, run.verdict.status, run.verdict.reasons, change, attempts, run.usage.calls


def plain(said: str) -> str:
    """What a test runner said, without its times and folders."""
    return re.sub(r"\d+\.\d+s|/[\w./-]+/repository", "", said)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What becomes of a run that nothing cuts off."""
    place = Workplace(tmp_path_factory.mktemp("undisturbed"))
    code, said = place.sitting()
    assert code == 0, said
    run = place.ended()
    assert [attempt.origin for attempt in run.attempts] == ["first", "refine", "infill"]
    return outcome(run)


def test_a_run_cut_off_between_any_two_events_ends_as_an_undisturbed_one(tmp_path: Path, undisturbed: Any) -> None:
    place = Workplace(tmp_path, "--apply", "--branch", "fix")
    changed, branch = place.repo.path / "shape.py", place.repo.path / ".git" / "refs" / "heads" / "fix"
    by_events = [place.once_written(count) for count in (1, 2, 5, 8, 12, 13)]
    moments: list[Moment] = [*by_events, branch.exists, lambda: changed.read_text() != SOURCE]
    for number, moment in enumerate(moments):
        if moment():  # the last sitting came further than it was asked to
            continue
        by = signal.SIGINT if number % 2 else signal.SIGKILL
        code, said = place.sitting(moment, by)
        assert code in {signal.SIGINT: (130, 0), signal.SIGKILL: (-signal.SIGKILL, 0)}[by], said
        if code == 130:
            assert f"interrupted; run {place.runs.load('last').id} is kept: `memcoder resume" in said
        assert number == 0 or said.startswith(f"continuing run {place.runs.load('last').id} "), said
        if place.over():  # it was faster than we looked
            break
    else:
        code, said = place.sitting(words="resume last")  # which remembers --apply and --branch
        assert code == 0, said
    run = place.ended()
    assert outcome(run) == undisturbed
    assert "width * height" in changed.read_text()
    assert place.repo.git("show", "fix:shape.py") == changed.read_text().strip()
    assert place.repo.git("rev-list", "--count", "main..fix") == "1"
    assert place.repo.git("status", "--porcelain") == "M shape.py"


def test_a_run_killed_at_random_times_ends_as_an_undisturbed_one(tmp_path: Path, undisturbed: Any) -> None:
    place = Workplace(tmp_path)
    chance = random.Random(7)
    for _ in range(2):
        until = time.monotonic() + chance.uniform(0.1, 2.5)
        place.sitting(lambda until=until: time.monotonic() > until)  # type: ignore[misc]
        if place.over():
            break
    else:
        code, said = place.sitting()
        assert code == 0, said
    assert outcome(place.ended()) == undisturbed
    assert place.repo.git("status", "--porcelain") == ""
    assert place.repo.git("branch", "--format=%(refname:short)") == "main"


class Served(Workplace):
    """One whose model is asked by several candidates at once."""

    def model(self) -> str:
        return "openai/some-model"


def test_an_interrupt_ends_candidates_that_work_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-test")
    with serve() as provider:
        monkeypatch.setenv("MEMCODER_MODEL_URL", provider.address)
        provider.then, provider.slow = Said(WRONG), 0.2
        place = Served(tmp_path, "--attempts", "2")
        code, said = place.sitting(lambda: len(provider.asked) >= 3, signal.SIGINT)
        assert code == 130, said
        assert f"interrupted; run {place.runs.load('last').id} is kept: `memcoder resume" in said
        assert list(place.temporary.iterdir()) == []
        asked = len(provider.asked)
        time.sleep(1)
        assert len(provider.asked) == asked, "nothing works on"
        provider.then = Said(RIGHT)
        code, said = place.sitting(words="resume last")
        assert code == 0, said
    run = place.ended()
    assert run.verdict is not None
    assert (run.verdict.status, {attempt.candidate for attempt in run.attempts}) == ("verified", {1, 2})


STUBBORN = """\
import sys, time
from memcoder.cli.interrupt import two_interrupts
with two_interrupts():
    try:
        print("working", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("cleaning up", flush=True)
        time.sleep(60)
"""


def test_a_second_interrupt_ends_what_the_first_one_cleans_up() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        for said in (b"working\n", b"cleaning up\n"):
            assert process.stdout.readline() == said
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS / 2)
    assert (process.returncode, errors) == (130, b"\nended at once\n")
