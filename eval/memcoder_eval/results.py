"""Results of a benchmark, a line each as they come, so that a benchmark that was cut off continues."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from memcoder import UsageError


class Results:
    """The rows of one benchmark in `FOLDER/results.jsonl`, with the settings that they hold for.

    Several processes may write to it: each row is written whole, under a lock beside the file.
    """

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        """Opens or makes the folder. Raises UsageError where it holds the results of other settings."""
        self.folder = folder
        self._file = folder / "results.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        known = folder / "settings.json"
        if known.is_file() and json.loads(known.read_text()) != settings:
            raise UsageError(
                f"{folder} holds results of other settings: {known.read_text().strip()}", "give another --out"
            )
        if not known.is_file():
            draft = folder / f".settings.{os.getpid()}.tmp"  # whole or not at all, whenever this process is killed
            draft.write_text(json.dumps(settings, sort_keys=True) + "\n")
            draft.replace(known)
        if self._file.is_file():
            with self._alone():
                pass

    def rows(self) -> list[dict[str, Any]]:
        """All whole rows; a last line that was cut off is left out."""
        return list(self._read())

    def add(self, row: dict[str, Any]) -> None:
        """Write one row; it is on the disk when this returns."""
        with self._alone() as file:
            file.write(json.dumps(row).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _alone(self) -> Iterator[IO[bytes]]:
        """The file at its end, under the lock.

        A line that is not whole is then one that was cut off, and taken away: the next row must not continue it.
        """
        from filelock import FileLock

        with FileLock(self.folder / "results.lock"), self._file.open("ab+") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    file.seek(0)
                    file.truncate(file.read().rfind(b"\n") + 1)
            yield file

    def _read(self) -> Iterator[dict[str, Any]]:
        if not self._file.is_file():
            return
        for line in self._file.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield json.loads(line)
