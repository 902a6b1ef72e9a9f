"""One patch in an instance's container: applied and tested as the benchmark does, without a network."""

import io
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from memcoder import engine_faults, labels
from memcoder_eval.swebench.images import LIMITS
from memcoder_eval.swebench.script import TESTBED

PATCH, SCRIPT, OUTPUT = "/tmp/patch.diff", "/eval.sh", "/eval.log"  # noqa: S108 - inside the container
RESTORE = "git checkout -- . ; git clean -fd"
OUTPUT_LIMIT = 100_000_000
"""Bytes that tests may print; what prints more is ended."""


@dataclass(frozen=True)
class Ran:
    """What came of one run."""

    applied: bool
    output: str
    timed_out: bool
    seconds: float


def run_tests(client: Any, image: str, patch: str, script: str, timeout: float) -> Ran:
    """Apply the patch and run the script in a fresh container, removed at once. Raises FaultError."""
    with engine_faults("grading a patch"), _container(client, image) as container:
        if patch and not _apply(container, patch):
            return Ran(False, "", False, 0.0)
        _put(container, SCRIPT, script)
        started = time.monotonic()
        timed_out = _execute(container, timeout)
        seconds = time.monotonic() - started
        return Ran(True, _read(container, OUTPUT), timed_out, seconds)


@contextmanager
def _container(client: Any, image: str) -> Iterator[Any]:
    made = client.containers.create(image, working_dir=TESTBED, labels=labels(), **LIMITS)
    try:
        made.start()
        yield made
    finally:
        made.remove(force=True, v=True)


def _apply(container: Any, patch: str) -> bool:
    """By the benchmark's own list of commands, each on a clean tree."""
    from swebench.harness.run_evaluation import GIT_APPLY_CMDS

    _put(container, PATCH, patch)
    for attempt, command in enumerate(GIT_APPLY_CMDS):
        if attempt:
            container.exec_run(["/bin/bash", "-c", RESTORE], workdir=TESTBED, user="0")
        if container.exec_run(f"{command} {PATCH}", workdir=TESTBED, user="0").exit_code == 0:
            return True
    # the list can leave the patch applied although each command said no
    check = f"git apply --check --reverse {PATCH}"
    return bool(container.exec_run(check, workdir=TESTBED, user="0").exit_code == 0)


def _put(container: Any, path: str, text: str) -> None:
    data, buffer = text.encode("utf-8", "surrogateescape"), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(path.lstrip("/"))
        info.size, info.mode = len(data), 0o644
        archive.addfile(info, io.BytesIO(data))
    container.put_archive("/", buffer.getvalue())


def _execute(container: Any, timeout: float) -> bool:
    """Run the script; whether it had to be ended, with the container and so with all that it started.

    The output goes through one stream into a file: of two, markers may overtake what they enclose, and what a command
    prints at once is lost where the engine sends it together with its answer.
    """
    late = threading.Event()

    def end() -> None:
        late.set()
        container.kill()

    timer = threading.Timer(timeout, end)
    timer.daemon = True
    command = f"/bin/bash {SCRIPT} 2>&1 | head -c {OUTPUT_LIMIT} > {OUTPUT}"
    timer.start()
    try:
        # published scripts install the project again: without an index pip says at once that it cannot
        container.exec_run(["/bin/bash", "-c", command], user="0", workdir=TESTBED, environment={"PIP_NO_INDEX": "1"})
    finally:
        timer.cancel()
    return late.is_set()


def _read(container: Any, path: str) -> str:
    with SpooledTemporaryFile(max_size=2**24) as file:
        for chunk in container.get_archive(path)[0]:
            file.write(chunk)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            member = archive.extractfile(archive.getmembers()[0])
            return member.read().decode("utf-8", "replace") if member else ""
