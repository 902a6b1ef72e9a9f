"""Contents of blobs by id, from one `git cat-file --batch`."""

import subprocess
from pathlib import Path
from types import TracebackType

from memcoder.history.git import command, environment

SIZE_LIMIT = 2_000_000
"""Bytes; larger blobs are data, and are read over."""


class BlobReader:
    """Reads blobs one after the other from one git child, which is started at the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "BlobReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def read(self, blob: str) -> bytes | None:
        """A blob's content; None where it is missing, no blob, or too large."""
        if self._process is None:
            self._process = subprocess.Popen(
                command(self._folder, ("cat-file", "--batch")),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - both were asked for
        self._process.stdin.write(blob.encode() + b"\n")
        self._process.stdin.flush()
        facts = self._process.stdout.readline().split()
        if len(facts) != 3:
            return None
        size = int(facts[2])
        data = self._process.stdout.read(size + 1)[:size]
        return data if facts[1] == b"blob" and size <= SIZE_LIMIT else None
