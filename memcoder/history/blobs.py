"""Contents of blobs by id, from one `git cat-file --batch`."""

import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from memcoder.history.git import command, environment, output

SIZE_LIMIT = 2_000_000
"""Bytes; larger blobs are data, and are read over."""


class BlobReader:
    """Reads blobs one after the other from one git child, which is started at the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._present: frozenset[str] | None = None
        self.lacked: set[str] = set()
        """Blobs that were asked for and are not in this clone."""

    def __enter__(self) -> "BlobReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, blob: str) -> bytes | None:
        """A blob's content; None where it is missing, no blob, or too large."""
        if self._present is not None and blob not in self._present:
            self.lacked.add(blob)
            return None
        try:
            facts, data = self._ask(blob)
        except OSError:
            facts, data = [], b""
        if not facts:  # git dies of what a partial clone lacks; from now on it is asked for what is here alone
            self._end()
            self._present = self._present or self._list()
        if len(facts) != 3:
            self.lacked.add(blob)
            return None
        return data if facts[1] == b"blob" and len(data) <= SIZE_LIMIT else None

    def _ask(self, blob: str) -> tuple[list[bytes], bytes]:
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
            return facts, b""
        size = int(facts[2])
        return facts, self._process.stdout.read(size + 1)[:size]

    def _list(self) -> frozenset[str]:
        """All objects that are here."""
        arguments = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        return frozenset(output(self._folder, *arguments).decode().split())

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin and process.stdout:
            with suppress(OSError):
                process.stdin.close()
            process.stdout.close()
            process.wait()
