"""The run store: one folder a run, with the log of the run in it."""

import hashlib
import json
import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from memcoder.config import Settings, home
from memcoder.errors import FaultError, UsageError, disk_fault
from memcoder.records import Review, Run, Task
from memcoder.runs.log import EVENTS, RunLog, event_line

BEGUN = f"{EVENTS}.new"
UNBEGUN = frozenset({BEGUN, "lock"})
"""What the folder of a run may hold that has no event yet."""
UNBEGUN_SECONDS = 3600.0
RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
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
    "test_budget",
    "recall_k",
    "reproduce",
    "checklist",
    "refine",
    "infill",
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
                file.write(event_line("started", {"id": log.id, "task": task.model_dump(mode="json"), **facts}))
                file.flush()
                os.fsync(file.fileno())
            begun.replace(log.folder / EVENTS)
        except OSError as error:
            raise disk_fault(error) or FaultError(
                f"a run cannot be written in {self.folder}: {error.strerror}", "set MEMCODER_HOME to a folder of yours"
            ) from error
        return log

    def ended(self, task: Task, model: str | None, seed: int) -> Run | None:
        """The newest run on the same issue and base commit that came to its end, also at a limit."""
        asked = (task.base_commit, task.issue, model, seed)
        over = (run for run in reversed(self.all()) if run.state in ("done", "stopped"))
        return next((run for run in over if (run.task.base_commit, run.task.issue, run.model, run.seed) == asked), None)

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
