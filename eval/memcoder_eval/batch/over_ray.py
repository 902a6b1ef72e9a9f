"""Ray's workers: processes of this machine, or of a cluster."""

import contextlib
import os
import pickle
import socket
from collections.abc import Iterable, Iterator
from typing import Any

from memcoder import FaultError, MissingError, UsageError
from memcoder_eval.batch.executor import Done
from memcoder_eval.batch.units import Unit, Work

LOCAL = "local"
"""Address of a cluster that is started here and ended afterwards."""
TRIES_AGAIN = 2
"""So often a unit is given to another worker when one was lost under it."""
SECONDS = 10.0
"""Until an address that does not answer is given up."""
OBJECTS = 100 * 2**20
"""Bytes of shared memory of a local cluster; rows are small."""


class Ray:
    """Workers of the Ray cluster at an address. They see OUT, clones and engine under the same names as this process.

    A worker that is lost costs no more than the unit that it had, which another one does again.
    """

    def __init__(self, address: str, workers: int | None = None) -> None:
        """`workers` at once at most; None: as many as the cluster has cores. A local cluster has so many."""
        self.address = address
        self.workers = workers

    def run(self, work: Work, units: Iterable[Unit]) -> Iterator[Done]:
        """As the protocol says. Raises MissingError where Ray is missing, or nothing answers at the address."""
        ray = _ray()
        self._connect(ray)
        try:
            free = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            # Ray tries again by itself where a worker was lost, and only there: what the work raises is told below.
            task = ray.remote(num_cpus=1, max_retries=TRIES_AGAIN, retry_exceptions=False)(_work)
            yield from _run(ray, task, ray.put(work), units, free)
        finally:
            ray.shutdown()

    def _connect(self, ray: Any) -> None:
        quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
        own = {"num_cpus": self.workers, "object_store_memory": OBJECTS, "_node_ip_address": "127.0.0.1", **quiet}
        options = own if self.address == LOCAL else {"log_to_driver": False, "logging_level": "ERROR"}
        if self.address != LOCAL:
            _knock(self.address)
        os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's 15 would starve them where anything else works
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would report its use to its makers
        try:
            ray.init(address=self.address, namespace="memcoder", **options)
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise _silent(self.address, error) from error


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingError("Ray is not installed", "pip install 'memcoder-agent[eval]'") from error
    return ray


def _knock(address: str) -> None:
    """Raises MissingError where nothing listens at HOST:PORT or ray://HOST:PORT; Ray itself would try on and on."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"{address!r} is no address of a Ray cluster", f"HOST:PORT, ray://HOST:PORT, or {LOCAL}")
    try:
        socket.create_connection((host, int(port)), timeout=SECONDS).close()
    except OSError as error:
        raise _silent(address, error) from error


def _silent(address: str, error: Exception) -> MissingError:
    return MissingError(
        f"no Ray cluster answers at {address}: {str(error)[:200]}",
        f"start one (`ray start --head`), or give `--ray {LOCAL}`",
    )


def _run(ray: Any, task: Any, work: Any, units: Iterable[Unit], free: int) -> Iterator[Done]:
    running: dict[Any, Unit] = {}
    for unit in units:
        running[task.remote(work, unit)] = unit
        if len(running) >= free:
            yield _next(ray, running)
    while running:
        yield _next(ray, running)


def _next(ray: Any, running: dict[Any, Unit]) -> Done:
    """The next unit that ended; where its workers were lost again and again, with a fault that says so."""
    (ready,), _ = ray.wait(list(running), num_returns=1)
    unit = running.pop(ready)
    try:
        return unit, ray.get(ready)
    except Exception as error:
        words = str(error).strip().partition("\n")[0][:300]
        return unit, FaultError(f"Ray lost the worker of {unit.key}, {TRIES_AGAIN + 1} times: {words}", "repeat it")


def _work(work: Work, unit: Unit) -> dict[str, Any] | BaseException:
    """In the worker: what the work raises comes back as it is, not wrapped by Ray."""
    try:
        return work(unit)
    except BaseException as error:
        with contextlib.suppress(Exception):
            pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
            return error
        return RuntimeError(f"{type(error).__name__}: {error}")
