"""The arm `bare`: a fresh process for each command and nothing else, as the measure for the others."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder import Environment, FaultError, MissingError, labels
from memcoder_eval.overhead.step import COMMAND, Step


@contextmanager
def bare(environment: Environment, folder: Path, steps: int) -> Iterator[Step]:
    """A fresh `bash -c true`, or the same by `docker exec` in a container of the environment's image."""
    if not environment.image:
        yield lambda: run("bash", "-c", COMMAND)
        return
    container = run("docker", "run", "--detach", *options(), environment.image, "sleep", "1h").strip()
    try:
        yield lambda: run("docker", "exec", container, "bash", "-c", COMMAND)
    finally:
        run("docker", "rm", "--force", container)


def options() -> list[str]:
    """Of `docker run`, for the containers of the arms that are not memcoder's.

    Their image's own words and labels are those of the process that built it. They end by themselves after an hour, or
    are removed as leftovers.
    """
    marks = [word for name, value in labels().items() for word in ("--label", f"{name}={value}")]
    return ["--rm", "--init", "--network", "none", "--entrypoint", "", *marks]


def run(*command: str) -> str:
    """What a command prints. Raises MissingError where its program is missing, FaultError where it fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise MissingError(f"{command[0]} is not installed", f"install it, or leave out the arm: {error}") from error
    if done.returncode:
        raise FaultError(
            f"{' '.join(command[:2])} failed: {done.stderr.strip()[-300:]}", "`memcoder doctor` looks at the engine"
        )
    return done.stdout
