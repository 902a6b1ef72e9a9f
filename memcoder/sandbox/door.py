"""The one way to a sandbox: `prepare` an environment for a repository at a commit, then `start` it for each attempt."""

from collections.abc import Callable
from pathlib import Path

from memcoder.config import Settings
from memcoder.sandbox.base import Environment
from memcoder.sandbox.local import LocalEnvironment
from memcoder.sandbox.owner import remove_dead_folders


def prepare(
    repository: Path, commit: str, settings: Settings, progress: Callable[[str], None] | None = None
) -> Environment:
    """An environment of the kind that the settings name; images are built where they are missing.

    Raises MissingError where there is no Docker engine, or no permission to use it, and FaultError where a
    build fails. What dead processes left is removed first.
    """
    remove_dead_folders()
    say = progress or (lambda line: None)
    if settings.sandbox == "local":
        return LocalEnvironment(repository, commit, settings)
    from memcoder.sandbox.docker import DockerEnvironment

    return DockerEnvironment.prepare(repository, commit, settings, say)


def prepare_environment(
    repository: Path, commit: str, settings: Settings, progress: Callable[[str], None] | None = None
) -> str:
    """The Docker image of a project's environment without its repository, built where it is missing.

    Raises what `prepare` does.
    """
    from memcoder.sandbox.engine import connect, engine_faults, remove_leftovers
    from memcoder.sandbox.images import environment_image

    client = connect()
    with engine_faults("removing leftovers"):
        remove_leftovers(client)
    return environment_image(client, repository, commit, settings, progress or (lambda line: None))
