"""Whose something is: what a process makes carries its mark, so that the leftovers of dead ones can be removed.

A process that was killed cannot clean up after itself; the next one that starts on this machine does.
"""

import hashlib
import os
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "memcoder-"
FOLDER = re.compile(rf"{PREFIX}(?P<machine>[0-9a-f]+)-(?P<process>\d+)-\w+")


def owner() -> tuple[str, int]:
    """This machine, as `machine` names it, and this process."""
    return machine(), os.getpid()


def machine() -> str:
    """Where process numbers mean the same: the machine and, on Linux, the namespace, as a container has its own even
    where it shares the machine's name and engine.

    A hash, because a folder's name is in what tests print, and that goes to the model.
    """
    namespace = Path("/proc/self/ns/pid")
    facts = f"{socket.gethostname()} {os.readlink(namespace) if namespace.is_symlink() else ''}"
    return hashlib.sha256(facts.encode()).hexdigest()[:8]


def is_dead(where: str, process: str) -> bool:
    """Whether the owner was a process of this machine and is no more."""
    if where != machine() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


@contextmanager
def own_folder() -> Iterator[Path]:
    """A temporary folder that carries this process's mark, removed at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{machine()}-{os.getpid()}-"))
    try:
        yield folder
    finally:
        remove(folder)


def remove_dead_folders() -> None:
    """Remove folders that this user's dead processes left, and end what still runs in them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        mark = FOLDER.fullmatch(folder.name)
        if mark and is_dead(mark["machine"], mark["process"]):
            with suppress(FileNotFoundError):  # another process is removing it
                if folder.lstat().st_uid == os.getuid():
                    kill_strays(folder)
                    remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder, also where a test took the write permission from some of it."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir() and not folder.is_symlink():
        for inside, _, _ in os.walk(folder):  # top down: a folder is opened before it is looked into
            with suppress(OSError):
                os.chmod(inside, 0o700)
        shutil.rmtree(folder, ignore_errors=True)


def kill_strays(folder: Path) -> None:
    """Kill every process whose HOME is the folder or inside it; only Linux tells, elsewhere these live on."""
    marks = (f"HOME={folder}".encode() + b"\0", f"HOME={folder}/".encode())
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            variables = b"\0" + (process / "environ").read_bytes()
            if any(b"\0" + mark in variables for mark in marks):
                os.kill(int(process.name), signal.SIGKILL)
