"""What became of each commit that was looked at, a line each as it comes, so that a making that was cut off goes on."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memcoder.errors import FaultError, UsageError

LOG, MADE_OF, TASKS = "candidates.jsonl", "made_of.json", "tasks.jsonl"


class Log:
    """A folder of `candidates.jsonl`, of `made_of.json`, what they hold for, and at the end of `tasks.jsonl`."""

    def __init__(self, folder: Path, made_of: dict[str, Any]) -> None:
        """Opens or makes the folder. Raises UsageError where it holds what was made of something else."""
        self.tasks = folder / TASKS
        self._file = folder / LOG
        folder.mkdir(parents=True, exist_ok=True)
        known = folder / MADE_OF
        if known.is_file() and json.loads(known.read_text()) != made_of:
            raise UsageError(f"{folder} holds tasks of another commit or other settings", "give another --out")
        known.write_text(json.dumps(made_of, indent=2, sort_keys=True) + "\n")
        if self._file.is_file():  # the next line must not continue one that was cut off
            with self._file.open("rb+") as file:
                file.truncate(file.read().rfind(b"\n") + 1)

    def entries(self) -> Iterator[dict[str, Any]]:
        """What was written of each commit, in order. Raises FaultError for a damaged line."""
        if not self._file.is_file():
            return
        for number, line in enumerate(self._file.read_bytes().splitlines(), start=1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise FaultError(f"{self._file}, line {number}, is damaged", "move the folder away") from error

    def add(self, entry: dict[str, Any]) -> None:
        """Write one entry; it is on the disk when this returns."""
        with self._file.open("ab") as file:
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def finish(self, rows: list[dict[str, Any]]) -> Path:
        """Write the dataset, whole or not at all; its path."""
        fresh = self.tasks.with_suffix(".part")
        fresh.write_text("".join(json.dumps(row) + "\n" for row in rows))
        os.replace(fresh, self.tasks)
        return self.tasks
