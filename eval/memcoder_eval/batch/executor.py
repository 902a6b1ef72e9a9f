"""Who does the work: threads of this process here, Ray's workers in `over_ray`."""

from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol

from memcoder_eval.batch.units import Unit, Work

Done = tuple[Unit, dict[str, Any] | BaseException]
"""A unit with its row, or with what ended it."""


class Executor(Protocol):
    """Does units, several at once."""

    @property
    def workers(self) -> int | None:
        """How many units at once; None: as many as there is room for, which is not known here."""

    def run(self, work: Work, units: Iterable[Unit]) -> Iterator[Done]:
        """What became of each unit, in the order in which they end.

        A unit is taken from `units` only when a worker is free for it, so that who gives them can stop.
        """


class Threads:
    """Threads of this process. They wait for containers and models, so that there may be more of them than cores."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, work: Work, units: Iterable[Unit]) -> Iterator[Done]:
        """As the protocol says. The threads do not keep an interrupted process alive."""
        ended: SimpleQueue[Done] = SimpleQueue()
        running = 0
        for unit in units:
            Thread(target=_work, args=(work, unit, ended), name=unit.key, daemon=True).start()
            running += 1
            if running >= self.workers:
                yield ended.get()
                running -= 1
        for _ in range(running):
            yield ended.get()


def _work(work: Work, unit: Unit, ended: "SimpleQueue[Done]") -> None:
    try:
        ended.put((unit, work(unit)))
    except BaseException as error:  # whoever asked for the unit looks at it; a thread could only print it
        ended.put((unit, error))
