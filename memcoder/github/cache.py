"""What mining made, kept from one workflow run to the next, so that the next one mines only what is new.

A cache only saves time: what is in it can be made again from git and the memory branch. It is one file: a line that
says whose it is, under a signature, then an archive of the store. Whoever may start a workflow can write a cache, so
one is believed only where the memory key has signed it, byte for byte, for this repository and its default branch.
"""

import hashlib
import hmac
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder import FaultError, MemcoderError, Repository, UsageError, store_folder
from memcoder.github.job import Job
from memcoder.github.memory import KEY

FILE = "store.cache"
MOST = 2 * 1024**3
"""Bytes of a cache; a larger one is neither kept nor read."""
LONGEST_LINE = 4096


@contextmanager
def cached(job: Job) -> Iterator[None]:
    """The block finds the store as the cache has it; on the default branch, what it leaves is kept.

    Does nothing without a folder for caches or a memory key. What fails is said, and costs time alone.
    """
    store = _store(job)
    if store is None or job.cache is None:
        yield
        return
    path, whose = job.cache / FILE, f"{job.trigger.repository} refs/heads/{job.trigger.default_branch}"
    if path.is_file() and not store.exists():
        _tried(job, "the cache was not used", lambda: restore(path, store, whose))
    yield
    if store.is_dir() and job.trigger.ref == f"refs/heads/{job.trigger.default_branch}":
        _tried(job, "no cache was kept", lambda: keep(path, store, whose))


def keep(path: Path, store: Path, whose: str) -> None:
    """Write the cache of a store that nobody has open, whole or not at all. Raises FaultError where it is too large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        archive, draft = Path(folder) / "archive", Path(folder) / "draft"
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            tar.add(store, arcname=".")
        if archive.stat().st_size > MOST:
            raise FaultError(f"it would have more than {MOST >> 30} GiB", "")
        header = json.dumps({"whose": whose, "signature": _signature(whose, archive, 0)})
        with draft.open("wb") as out, archive.open("rb") as data:
            out.write(header.encode() + b"\n")
            shutil.copyfileobj(data, out)
        os.replace(draft, path)


def restore(path: Path, store: Path, whose: str) -> None:
    """Unpack a cache where there is no store yet, whole or not at all. Raises UsageError for one that is not ours."""
    with path.open("rb") as data:
        line = data.readline(LONGEST_LINE)
        try:
            header = json.loads(line)
            signed_for, signature = str(header["whose"]), str(header["signature"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError("it is no cache of memcoder's", "") from error
        if signed_for != whose:
            raise UsageError("it was made for another repository or branch", "")
        if path.stat().st_size > MOST or not hmac.compare_digest(_signature(whose, path, len(line)), signature):
            raise UsageError("it is not signed with this repository's key", "")
        store.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store.parent) as folder:
            with tarfile.open(fileobj=data, mode="r|gz") as tar:
                tar.extractall(Path(folder) / "store", filter="data")
            os.rename(Path(folder) / "store", store)


def _store(job: Job) -> Path | None:
    """Where the repository's store lies; None where no cache is asked for, or none could be believed."""
    if job.cache is None or not os.environ.get(KEY):
        return None
    try:
        repo = Repository.open(job.checkout)
        return store_folder(job.settings(repo), repo.key)
    except MemcoderError:
        return None  # what is wrong with the checkout is told by what needs it


def _signature(whose: str, path: Path, skip: int) -> str:
    """HMAC-SHA256 over whose cache it is, and its bytes after the first `skip`."""
    signer = hmac.new(os.environ[KEY].encode(), f"memcoder cache\n{whose}\n".encode(), hashlib.sha256)
    with path.open("rb") as data:
        data.seek(skip)
        while chunk := data.read(1 << 20):
            signer.update(chunk)
    return signer.hexdigest()


def _tried(job: Job, otherwise: str, act: Callable[[], None]) -> None:
    try:
        act()
    except MemcoderError as error:
        job.say(f"{otherwise}: {error.message}")
    except (OSError, EOFError, tarfile.TarError) as error:
        job.say(f"{otherwise}: {error}")
