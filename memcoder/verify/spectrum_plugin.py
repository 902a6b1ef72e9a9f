"""A pytest plugin that counts by how many failing and passing tests each line of the repository is run.

It is copied into the sandbox, where it meets whatever Python and pytest the project has, so it needs nothing but the
standard library of Python 3.8 and pytest's oldest hooks. Each process of pytest adds a JSON line to the file named by
MEMCODER_SPECTRUM, which lies in a folder at the repository's root: when its tests are over, and once before, after
MEMCODER_SPECTRUM_SECONDS, when a test that still runs counts as failed, because it may never end. Of a process's lines
the last one holds.
"""

from __future__ import annotations

import copy
import json
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

OUTPUT = os.environ["MEMCODER_SPECTRUM"]
ROOT = os.path.dirname(os.path.dirname(OUTPUT)) + os.sep
FOREIGN = re.compile(r"(^|/)(site-packages|lib/python\d[\d.]*)/")
WRITE, APPEND = open, "a"
"""Tests may put something else in `open`'s place."""


class Recorder:
    """Counts tests by line, for failing and passing ones apart."""

    def __init__(self) -> None:
        self.counts: dict[bool, dict[str, dict[int, int]]] = {True: {}, False: {}}
        self.total_failed = 0
        self.failed = False
        self.running = False
        self._lines: dict[str, set[int]] = {}
        self._paths: dict[str, str | None] = {}

    def begin(self) -> None:
        """A test begins."""
        self._lines, self.failed, self.running = {}, False, True
        threading.settrace(self._call)
        sys.settrace(self._call)

    def end(self) -> None:
        """It is over."""
        sys.settrace(None)
        threading.settrace(None)
        self.running = False
        self.total_failed += self.failed
        self._count(self.counts[self.failed])

    def write(self) -> None:
        """Add the counts so far; a test that runs now counts as failed, for this once."""
        counts, total = copy.deepcopy(self.counts), self.total_failed
        if self.running:
            total += 1
            self._count(counts[True])
        row = {"process": os.getpid(), "total_failed": total, "failed": counts[True], "passed": counts[False]}
        with WRITE(OUTPUT, APPEND) as file:
            file.write(json.dumps(row) + "\n")

    def _count(self, counts: dict[str, dict[int, int]]) -> None:
        """Add the lines of this test."""
        for path, lines in list(self._lines.items()):
            found = counts.setdefault(path, {})
            for line in list(lines):
                found[line] = found.get(line, 0) + 1

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        path = self._path(frame.f_code.co_filename)
        if path is None:
            return None
        lines = self._lines.setdefault(path, set())

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            lines.add(frame.f_lineno)
            return line

        return line

    def _path(self, name: str) -> str | None:
        """Relative to the repository's root; None for code that is not of it."""
        if name not in self._paths:
            path = name[len(ROOT) :] if name.startswith(ROOT) and name != __file__ else None
            self._paths[name] = None if path and FOREIGN.search(path) else path
        return self._paths[name]


RECORDER = Recorder()
ENDLESS = threading.Timer(float(os.environ["MEMCODER_SPECTRUM_SECONDS"]), RECORDER.write)
ENDLESS.daemon = True
ENDLESS.start()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, None]:
    """Note the lines of one test, what its fixtures run included."""
    RECORDER.begin()
    yield
    RECORDER.end()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Its outcome as pytest reports it: a skip or an expected failure is none."""
    outcome = yield
    RECORDER.failed = RECORDER.failed or outcome.get_result().failed


def pytest_sessionfinish(session: pytest.Session) -> None:
    """All tests are over."""
    ENDLESS.cancel()
    RECORDER.write()
