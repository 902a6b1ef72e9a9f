"""A pytest plugin that notes which lines of the repository each test runs; it is copied into the sandbox.

There it meets whatever Python and pytest the project has, so it needs nothing but the standard library of Python
3.8 and pytest's oldest hooks. One JSON line a test goes to the file named by MEMCODER_SPECTRUM, which lies in a folder
at the repository's root.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

OUTPUT = os.environ["MEMCODER_SPECTRUM"]
ROOT = os.path.dirname(os.path.dirname(OUTPUT)) + os.sep
SECONDS = float(os.environ["MEMCODER_SPECTRUM_SECONDS"])
FOREIGN = (os.sep + "site-packages" + os.sep, os.sep + "lib" + os.sep + "python")


class Recorder:
    """Collects (path, line) of the code that runs while it is on."""

    def __init__(self) -> None:
        self.lines: dict[str, set[int]] = {}
        self._paths: dict[str, str | None] = {}

    def on(self) -> None:
        """Begin anew."""
        self.lines = {}
        threading.settrace(self._call)
        sys.settrace(self._call)

    def off(self) -> None:
        """Stop."""
        sys.settrace(None)
        threading.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        path = self._path(frame.f_code.co_filename)
        if path is None:
            return None
        lines = self.lines.setdefault(path, set())

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            lines.add(frame.f_lineno)
            return line

        return line

    def _path(self, name: str) -> str | None:
        """Relative to the repository's root; None for code that is not of it."""
        if name not in self._paths:
            path = name[len(ROOT) :] if name.startswith(ROOT) and name != __file__ else None
            self._paths[name] = None if path and any(part in os.sep + path for part in FOREIGN) else path
        return self._paths[name]


RECORDER = Recorder()


def note(failed: bool) -> None:
    """Write the lines of the test that runs now."""
    lines = {path: sorted(found) for path, found in list(RECORDER.lines.items())}
    with open(OUTPUT, "a") as file:
        file.write(json.dumps({"failed": failed, "lines": lines}) + "\n")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Note the lines of one test's call, and whether it failed; one that does not end counts as failed."""
    endless = threading.Timer(SECONDS, note, [True])
    endless.daemon = True
    RECORDER.on()
    endless.start()
    outcome = yield
    RECORDER.off()
    endless.cancel()
    note(outcome.excinfo is not None)
