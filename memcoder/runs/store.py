"""The run store: one folder a run, one append-only file of events in it.

Events are written as they happen, one JSON line each; a Run is what its events fold to. A line that was cut off
by a crash is dropped, so a run can be read and continued wherever it stopped.
"""

import hashlib
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from memcoder.config import Settings, home
from memcoder.errors import FaultError, UsageError, disk_fault
from memcoder.records import Review, Run, Task
from memcoder.runs.fold import fold

EVENTS = "trajectory.jsonl"
SYNCED = frozenset(
    {"started", "asked", "reopened", "attempt", "candidate", "verdict", "finished", "delivered"}
    | {"handed over", "undone", "faulted", "reviewed"}
)
"""Events that are on the disk before anything follows from them."""
ENDS = frozenset({"finished", "handed over", "reviewed", "undone"})
"""Events after which nothing is left to do, unless `finished` says that the outcome is still to be handed over."""
BEGUN = f"{EVENTS}.new"
UNBEGUN = frozenset({BEGUN, "lock"})
"""What the folder of a run may hold that has no event yet."""
UNBEGUN_SECONDS = 3600.0
RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
BLOCK = 1 << 16
DECIDING = (
    "seed",
    "sandbox",
    "test_command",
    "max_steps",
    "max_time",
    "max_cost",
    "max_tokens",
    "max_attempts",
    "attempts",
    "command_timeout",
    "recall_k",
)
"""Settings that make it another run when they differ."""


def fingerprint(repository: str, task: Task, model: str, strategy: str, settings: Settings) -> str:
    """Equal for runs that continue one another: same repository, task, model, strategy and deciding settings."""
    facts = [
        repository,
        task.model_dump(mode="json"),
        model,
        strategy,
        {key: getattr(settings, key) for key in DECIDING},
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


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
                f"another process is working on run {self.id}", "wait for it, or end it; `memcoder solve --new` starts another"
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
            self._write(self._descriptor, _line(event, data), synced=event in SYNCED)

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


class RunStore:
    """All runs under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path | None = None) -> "RunStore":
        """The user's own runs, or those of a folder. Raises UsageError where that is none."""
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{folder} is not a folder", "give one that holds runs")
        return cls(folder or home() / "runs")

    def create(self, task: Task, *, model: str, strategy: str, seed: int, fingerprint: str, **more: Any) -> RunLog:
        """A new run with its first event, whole or not at all; `more` is kept in that event."""
        facts = {"model": model, "strategy": strategy, "seed": seed, "fingerprint": fingerprint, **more}
        try:
            self._remove_unbegun()
            log = RunLog(self._new_folder())
            begun = log.folder / BEGUN
            with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(_line("started", {"id": log.id, "task": task.model_dump(mode="json"), **facts}))
                file.flush()
                os.fsync(file.fileno())
            begun.replace(log.folder / EVENTS)
        except OSError as error:
            raise disk_fault(error) or FaultError(
                f"a run cannot be written in {self.folder}: {error.strerror}", "set MEMCODER_HOME to a folder of yours"
            ) from error
        return log

    def find_unfinished(self, fingerprint: str) -> RunLog | None:
        """The newest run of this fingerprint that neither finished nor reached a limit, or was not handed over."""
        logs = (RunLog(folder) for folder in reversed(self._folders()))
        return next((log for log in logs if log.unfinished(fingerprint)), None)

    def load(self, run_id: str) -> Run:
        """A run by its id, a unique beginning of it, or `last`. Raises UsageError where there is none."""
        return RunLog(self._folder(run_id)).run()

    def all(self) -> list[Run]:
        """All runs that can be read, oldest first; `survey` names the rest."""
        return self.survey()[0]

    def survey(self) -> tuple[list[Run], list[str]]:
        """All runs that can be read, and the ids of those that cannot, oldest first."""
        runs, broken = [], []
        for folder in self._folders():
            try:
                runs.append(RunLog(folder).run())
            except FaultError:
                broken.append(folder.name)
        return runs, broken

    def log(self, run_id: str) -> RunLog:
        """The log of a run, to be held while it is written to."""
        return RunLog(self._folder(run_id))

    def review(self, run_id: str, review: Review) -> Run:
        """Write the human's word on a run."""
        with self.log(run_id) as log:
            log.append("reviewed", review=review.model_dump(mode="json"))
            return log.run()

    def is_unfinished(self, run_id: str) -> bool:
        """Whether there is a run of this id that is to be continued."""
        return RunLog(self.folder / run_id).unfinished()

    def path(self, run_id: str) -> Path:
        """The folder of a run."""
        return self._folder(run_id)

    def _new_folder(self) -> Path:
        """Named by the time in 1/65536 s, so that names sort as runs began; taken names are tried again."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            now = time.time()
            name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{int(now % 1 * 65536):04x}"
            try:
                (self.folder / name).mkdir(mode=0o700)
            except FileExistsError:
                continue
            return self.folder / name

    def _remove_unbegun(self) -> None:
        """Folders of runs that were cut off before their first event; a younger one may be another process's."""
        for folder in self.folder.glob("*/"):
            with suppress(OSError):  # another process is removing it
                old = time.time() - folder.stat().st_mtime > UNBEGUN_SECONDS
                if old and RUN_ID.fullmatch(folder.name) and {path.name for path in folder.iterdir()} <= UNBEGUN:
                    shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob(f"*/{EVENTS}"))

    def _folder(self, run_id: str) -> Path:
        folders = self._folders()
        if run_id == "last" and folders:
            return folders[-1]
        found = [folder for folder in folders if folder.name == run_id] or [
            folder for folder in folders if run_id and folder.name.startswith(run_id)
        ]
        if len(found) != 1:
            what = f"{len(found)} runs begin with {run_id!r}" if found else f"there is no run {run_id!r}"
            raise UsageError(what, "`memcoder runs` lists them")
        return found[0]


def _line(event: str, data: dict[str, Any]) -> bytes:
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
