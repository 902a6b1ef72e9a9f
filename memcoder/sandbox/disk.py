"""A limit on what an attempt writes to the disk, for repositories too large to lie in memory.

Few engines can limit a container's disk (`--storage-opt size` needs XFS with project quotas, or Btrfs, or ZFS), so
what was written is looked at every few seconds while a command runs.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

SECONDS = 2.0
"""Between two looks, over all commands of a sandbox: many quick ones are seen as one slow one is."""


class DiskWatch:
    """Calls `stop` once more than `limit` bytes were written."""

    def __init__(self, written: Callable[[], int], stop: Callable[[], object], limit: int) -> None:
        self.limit = limit
        self.exceeded = False
        """Whether the last command was stopped."""
        self._written, self._stop = written, stop
        self._looked = time.monotonic()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look while the block runs."""
        self.exceeded = False
        over = threading.Event()
        watcher = threading.Thread(target=self._look, args=(over,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def _look(self, over: threading.Event) -> None:
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        while not over.wait(max(0.0, self._looked + SECONDS - time.monotonic())):
            with suppress(DockerException, RequestException, OSError):  # the command's own shell will notice
                if self._written() > self.limit:
                    self.exceeded = True
                    self._stop()
            self._looked = time.monotonic()
