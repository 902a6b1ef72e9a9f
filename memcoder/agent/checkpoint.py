"""The state of a model's sandbox, kept in the run's log, so that a run that was cut off goes on from there.

A sandbox does not outlive the sitting that started it. So each action that may have changed it is written with the
diff that the repository has after it, as long as taking diffs costs little beside the rest (one part in `SHARE`);
after a quick command there may be none, and resuming runs that command again, from the last diff on. What is
restored are the repository's files (ignored ones are not) and the shell's directory.
"""

import shlex
import time
from collections.abc import Mapping
from typing import Any

from memcoder.agent.tools.base import Toolbox
from memcoder.errors import FaultError, UsageError
from memcoder.sandbox.base import Sandbox

SHARE = 20
SLOW = 5
"""A command that takes so many times as long as a diff is never run twice."""
FIRST_COST = 0.05
"""Seconds that the first diff is thought to take."""
OWN_TIMEOUT = 10.0
RESTORED = (
    "[The sandbox was started anew before this. The repository's files and your directory are as they were; "
    "processes, exported variables, ignored files and files elsewhere are not.]"
)


class Checkpoints:
    """Takes the state after actions, and puts it back."""

    def __init__(self, sandbox: Sandbox, toolbox: Toolbox) -> None:
        self._sandbox, self._toolbox = sandbox, toolbox
        self._cost, self._at = FIRST_COST, time.monotonic()
        self._diff = ""
        """The newest that was taken; empty for the base commit."""
        self._directory = ""
        self._since: list[Mapping[str, Any]] = []
        """What an earlier sitting did after that."""
        self._stale = False
        """Whether the sandbox lacks what an earlier sitting did."""

    def take(self, seconds: float) -> dict[str, Any]:
        """What is to be written with an action that took so long: the state, where it is cheap enough to look."""
        if seconds < self._cost * SLOW and time.monotonic() - self._at < self._cost * SHARE:
            return {}
        started = time.monotonic()
        try:
            diff, directory = self._sandbox.diff(), self._sandbox.run("pwd", OWN_TIMEOUT).output.strip()
        except UsageError:  # something in it cannot be a patch, yet
            return {}
        finally:
            self._at = time.monotonic()
            self._cost = self._at - started
        changed = {"diff": diff} if diff != self._diff else {}
        self._diff = diff
        return {"state": {**changed, "directory": directory.removeprefix(self._sandbox.workdir).lstrip("/")}}

    def replayed(self, event: Mapping[str, Any]) -> None:
        """Take note of an action of an earlier sitting."""
        if not event.get("changes"):
            return
        self._stale = True
        state = event.get("state")
        if state is None:
            self._since.append(event)
            return
        self._since = []
        self._diff = state.get("diff", self._diff)
        self._directory = state["directory"]

    def restore(self) -> str:
        """Bring the sandbox to where the earlier sittings left it, before the first new action.

        What the model is to be told of that; empty where there was nothing to restore. Raises FaultError where the
        files cannot be restored.
        """
        if not self._stale:
            return ""
        self._stale = False
        if self._diff:  # what was put beside the code is in it too
            self._sandbox.reset()
        if not self._sandbox.apply(self._diff):
            raise FaultError("the run's files cannot be restored in a new sandbox", "start another run with --new")
        if self._directory:
            self._sandbox.run(f"cd -- {shlex.quote(self._directory)}", OWN_TIMEOUT)
        for event in self._since:
            self._toolbox.run(event["name"], event["arguments"])
        self._since = []
        return RESTORED
