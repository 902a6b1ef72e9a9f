"""Control-C: the first one ends a command cleanly, the second one at once."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from memcoder.cli.common import INTERRUPTED

STANDARD_ERROR = 2
AT_ONCE = b"\nended at once\n"
PAUSING = b"\npausing before the next command; Control-C again ends\n"


@contextmanager
def two_interrupts(pause: Callable[[], bool] | None = None) -> Iterator[None]:
    """In this block the first interrupt raises KeyboardInterrupt, as always; one that comes while that is cleaning up
    ends the process with exit code 130. What is left over then (containers, temporary folders) is removed by the next
    start, and every event that was written stays.

    Where `pause` takes an interrupt for something else, it returns True, and nothing is raised.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        # not by print, whose buffer the interrupted code may be writing to
        if interrupted:
            os.write(STANDARD_ERROR, AT_ONCE)
            os._exit(INTERRUPTED)
        if pause is not None and pause():
            os.write(STANDARD_ERROR, PAUSING)
            return
        interrupted = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
