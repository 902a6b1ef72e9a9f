"""The person at the terminal: real processes on a pseudo-terminal."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

import pytest

from memcoder.runs.log import EVENTS
from memcoder.runs.store import RunStore
from tests.agent.test_resolve import SOURCE
from tests.cli.test_interruption import TEST
from tests.helpers import GitRepo

SECONDS = 120.0


class Terminal:
    """A command on a terminal: what it asks is read, what the person types is written."""

    def __init__(self, *words: str, **variables: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "memcoder", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "MEMCODER_EMBEDDER": "hashing", **variables},
            start_new_session=True,
        )
        os.close(slave)
        self.said = ""
        self._read = 0

    def expect(self, text: str) -> None:
        """Wait until the text comes after what was expected before."""
        deadline = time.monotonic() + SECONDS
        while (at := self.said.find(text, self._read)) < 0:
            assert time.monotonic() < deadline, self.said
            assert self._more(), self.said
        self._read = at + len(text)

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def interrupt(self) -> None:
        """Control-C, which reaches all processes of the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        while self._more():
            pass
        return self.process.wait(timeout=SECONDS)

    def _more(self) -> bool:
        if not select([self._master], [], [], SECONDS)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the other end was closed
            return False
        self.said += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)


@contextmanager
def terminal(*words: str, **variables: str) -> Iterator[Terminal]:
    opened = Terminal(*words, **variables)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST})
    return made


def script(tmp_path: Path, *commands: str) -> list[str]:
    """A model that says so and runs these commands, then submits; the words of a solve with it."""
    calls = [("bash", {"command": command}) for command in commands] + [("submit", {})]
    replies = [{"text": "So I act.", "tool_calls": [{"name": name, "arguments": given}]} for name, given in calls]
    path = tmp_path / "script.jsonl"
    path.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    issue = ["--issue", "area(2, 3) should be 6", "--test", "python -m unittest -v", "--sandbox", "local"]
    return ["solve", str(tmp_path / "repo"), *issue, "--model", f"scripted:{path}"]


def acted() -> list[dict[str, Any]]:
    lines = (RunStore.open().path("last") / EVENTS).read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == "acted"]


MEND = "sed -i 's/+ height/* height/' shape.py"


def test_each_command_is_rejected_edited_run_or_all_are(repo: GitRepo, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/one/two/" "$1"\n')
    editor.chmod(0o755)
    words = script(tmp_path, "touch \x1b[2Jrefused", "echo one", "cat shape.py", MEND)
    with terminal(*words, "--mode", "confirm", EDITOR=str(editor)) as person:
        person.expect("So I act.")
        person.expect("bash> touch \\x1b[2Jrefused\n")
        person.expect("[q]uit: ")
        person.type("?")
        person.expect("[q]uit: ")
        person.type("j")
        person.expect("is told: ")
        person.type("Not that.")
        person.expect("bash> echo one")
        person.type("edit")
        person.expect("bash> echo two")
        person.expect("bash> cat shape.py")
        person.type("r")
        person.expect("return width + height")
        person.expect(f"bash> {MEND}")
        person.type("a")
        assert person.end() == 0, person.said
        assert "submit>" not in person.said
    events = acted()
    assert [event["arguments"].get("command") for event in events[:2]] == ["touch \x1b[2Jrefused", "echo two"]
    assert "refused it. Not that." in events[0]["text"]
    assert "two" in events[1]["text"]


def test_control_c_pauses_and_quitting_keeps_the_run(repo: GitRepo, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    words = script(tmp_path, f"touch {begun}; sleep 1; echo waited", MEND)
    with terminal(*words) as person:
        deadline = time.monotonic() + SECONDS
        while not begun.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        person.interrupt()
        person.expect("pausing before the next command; Control-C again ends")
        person.expect("waited")
        person.expect(f"paused before:\nbash> {MEND}")
        person.expect("[q]uit: ")
        person.type("q")
        assert person.end() == 130
        person.expect(f"run {RunStore.open().load('last').id} is kept: `memcoder resume")
    assert len(acted()) == 1
    script(tmp_path)  # the two calls were paid
    with terminal("resume", "last", "--mode", "confirm") as person:
        person.expect(f"bash> {MEND}")
        person.type("r")
        person.expect("submit> {}")
        person.expect("[q]uit: ")
        person.interrupt()
        assert person.end() == 130
    with terminal("resume", "last") as person:
        assert person.end() == 0
    assert [event["name"] for event in acted()] == ["bash", "bash", "submit"]
    assert RunStore.open().load("last").usage.calls == 3


def test_a_strategy_without_commands_has_nothing_to_confirm(repo: GitRepo, tmp_path: Path) -> None:
    with terminal(*script(tmp_path), "--mode", "confirm", "--strategy", "staged") as person:
        assert person.end() == 2
        person.expect("--mode confirm needs strategy `tools`")
    assert RunStore.open().all() == []
