"""Control-C: the first one ends a command cleanly, the second one at once."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from memcoder.cli.common import INTERRUPTED

AT_ONCE = b"\nended at once\n"


@contextmanager
def two_interrupts() -> Iterator[None]:
    """In this block the first interrupt raises KeyboardInterrupt, as always; one that comes while that is cleaning up
    ends the process with exit code 130. What is left over then (containers, temporary folders) is removed by the next
    start, and every event that was written stays.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, AT_ONCE)
            os._exit(INTERRUPTED)
        interrupted = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
