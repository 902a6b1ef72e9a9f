"""The Docker engine: found, or a clear word on why not; leftovers of dead runs removed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from memcoder.errors import FaultError, MemcoderError, MissingError, disk_fault
from memcoder.sandbox.owner import is_dead, owner

LABEL = "memcoder"
OWNER = "memcoder.owner"


def connect() -> Any:
    """A client of the engine that the user's Docker context names.

    Raises MissingError where there is none, and another where this user may not use it.
    """
    import docker
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except (DockerException, RequestException, OSError) as error:
        raise _explain(str(error)) from error
    return client


def _explain(reason: str) -> MemcoderError:
    if "Permission denied" in reason or "PermissionError" in reason:
        return MissingError(
            "there is a Docker engine, but you have no permission to use it",
            "add yourself to its group (`sudo usermod -aG docker $USER`, then log in again), or use --sandbox local "
            "for code that you trust",
            "engine",
        )
    return MissingError(
        f"no Docker engine answers ({reason.splitlines()[0][:200]})",
        "start one (Docker Desktop, Colima, `sudo systemctl start docker`, or scripts/engine-up on a bare Debian), "
        "or use --sandbox local for code that you trust",
        "engine",
    )


@contextmanager
def engine_faults(doing: str) -> Iterator[None]:
    """Errors of the engine inside the block become a FaultError that says what was being done; so does a full disk."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException, OSError) as error:
        if fault := disk_fault(error):
            raise fault from error
        reason = str(getattr(error, "explanation", None) or error).strip()[:400]
        raise FaultError(
            f"the Docker engine failed while {doing}: {reason}", "is it still running? `memcoder doctor`", "engine"
        ) from error


def labels() -> dict[str, str]:
    """Labels of everything that this process makes in the engine."""
    where, process = owner()
    return {LABEL: "1", OWNER: f"{where}:{process}"}


def dead_owner(marks: dict[str, str]) -> bool:
    """Whether the labels name a process of this machine that is no more."""
    where, _, process = marks.get(OWNER, "").rpartition(":")
    return is_dead(where, process)


def remove_leftovers(client: Any) -> int:
    """Remove containers and nameless images that dead memcoder processes of this machine left; how many there were.

    Images with a name are no leftovers: the next attempt starts from them.
    """
    from docker.errors import APIError, NotFound

    containers = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    removals = [partial(left.remove, force=True, v=True) for left in containers if dead_owner(left.labels)]
    # as rows and not as objects, each of which would be looked up: another process may have removed it meanwhile
    images = client.api.images(filters={"label": LABEL, "dangling": True})
    # without force an image that something stands on stays
    removals += [partial(client.api.remove_image, row["Id"]) for row in images if dead_owner(row["Labels"] or {})]
    removed = 0
    for remove in removals:
        try:
            remove()
            removed += 1
        except (NotFound, APIError):
            continue  # another process is removing it
    return removed
