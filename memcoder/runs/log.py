"""The log of one run: an append-only file of events.

Events are written as they happen, one JSON line each; a Run is what its events fold to. A line that was cut off
by a crash is dropped, so a run can be read and continued wherever it stopped.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from memcoder.errors import FaultError, UsageError
from memcoder.records import Run
from memcoder.runs.fold import fold

EVENTS = "trajectory.jsonl"
SYNCED = frozenset(
    {"started", "asked", "reopened", "attempt", "candidate", "verdict", "finished", "delivered"}
    | {"handed over", "undone", "faulted", "reviewed"}
)
"""Events that are on the disk before anything follows from them."""
ENDS = frozenset({"finished", "handed over", "reviewed", "undone"})
"""Events after which nothing is left to do, unless `finished` says that the outcome is still to be handed over."""
BLOCK = 1 << 16


class RunLog:
    """The events of one run, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        self.folder = folder
        self._file = folder / EVENTS
        self._descriptor: int | None = None
        self._lock: Any = None
        self._appending = threading.Lock()

    def __enter__(self) -> "RunLog":
        from filelock import FileLock, Timeout

        self._lock = FileLock(str(self.folder / "lock"))
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(
                f"another process is working on run {self.id}",
                "wait for it, or end it; `memcoder solve --new` starts another",
            ) from error
        self._cut_torn_line()
        self._descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._lock.release()

    def append(self, event: str, **data: Any) -> None:
        """Write one event. Raises FaultError where the disk does not take it."""
        if self._descriptor is None:
            raise ValueError("the log is not open")
        with self._appending:
            self._write(self._descriptor, event_line(event, data), synced=event in SYNCED)

    def _write(self, descriptor: int, line: bytes, synced: bool) -> None:
        before = os.fstat(descriptor).st_size
        try:
            data_left = memoryview(line)
            while data_left:
                data_left = data_left[os.write(descriptor, data_left) :]
            if synced:
                os.fsync(descriptor)
        except OSError as error:
            os.ftruncate(descriptor, before)  # half a line would spoil the next one
            raise FaultError(
                f"the run cannot be written to {self._file}: {error.strerror}", "free some disk, then repeat"
            ) from error

    def events(self) -> Iterator[dict[str, Any]]:
        """All whole events in order. Raises FaultError for a damaged line that is not the last."""
        try:
            lines = self._file.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for number, line in enumerate(lines[:-1], start=1):  # what stands after the last newline was cut off
            try:
                yield _event(line)
            except ValueError as error:
                raise FaultError(f"{self._file}, line {number}, is damaged", "move the run's folder away") from error

    def unfinished(self, fingerprint: str | None = None) -> bool:
        """Whether the run is to be continued, and is of the fingerprint, if one is given.

        Its first and last line tell. A log that is damaged there is none that could be continued.
        """
        try:
            with self._file.open("rb") as file:
                first = _event(file.readline())
                last = _event(_last_line(file))
        except (OSError, ValueError):
            return False
        if fingerprint is not None and first.get("fingerprint") != fingerprint:
            return False
        return last["event"] not in ENDS or not last.get("handed_over", True)

    def run(self) -> Run:
        """What the events fold to. Raises FaultError, which names the file, where they make no run."""
        try:
            return fold(self.events())
        except (ValueError, KeyError) as error:
            raise FaultError(f"{self._file} tells no run: {error}", "move the run's folder away") from error

    def _cut_torn_line(self) -> None:
        if not self._file.exists():
            return
        data = self._file.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(self._file, whole)


def event_line(event: str, data: dict[str, Any]) -> bytes:
    """One event as a line, with the time."""
    whole = {"event": event, "time": round(time.time(), 3), **data}
    return json.dumps(whole, ensure_ascii=True, default=str).encode() + b"\n"


def _event(line: bytes) -> dict[str, Any]:
    """The event of a line. Raises ValueError where it tells none."""
    event = json.loads(line)
    if not isinstance(event, dict) or "event" not in event:
        raise ValueError("not an event")
    return event


def _last_line(file: BinaryIO) -> bytes:
    """The last whole line, read from the end: what stands after the last newline was cut off."""
    end, tail = file.seek(0, os.SEEK_END), b""
    while end > 0 and tail.count(b"\n") < 2:
        start = max(0, end - BLOCK)
        file.seek(start)
        tail = file.read(end - start) + tail
        end = start
    return b"".join(tail.split(b"\n")[-2:-1])
