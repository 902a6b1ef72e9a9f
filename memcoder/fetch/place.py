"""What lies in the folder of pinned files, and whether it is still what it was when it was checked.

Hashing 1.1 GB takes seconds, so a ledger (`checked.json`) remembers size and modification time of each file
that was hashed; a file that still has both is taken as unchanged, any other is hashed again.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from memcoder.errors import FaultError, MissingError
from memcoder.fetch.pinned import PinnedFile, Progress

LEDGER = "checked.json"
CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True)
class Found:
    """A pinned file as it lies on this machine."""

    path: Path
    state: Literal["ok", "missing", "truncated", "altered"]


def locate(pinned: PinnedFile, folder: Path, given: Path | None = None) -> Path:
    """The checked file: `given` if it is set, else the one in `folder`; nothing is downloaded.

    Raises MissingError where there is none, FaultError where it is truncated or altered.
    """
    found = check(pinned, folder, given)
    if found.state == "ok":
        return found.path
    if found.state == "missing":
        hint = "correct the path" if given else "get it with: memcoder model pull"
        raise MissingError(f"{found.path} is not there", hint)
    hint = f"memcoder takes only the file with sha256 {pinned.sha256}"
    raise FaultError(
        f"{found.path} is {found.state}: it is not {pinned.name} as it was published",
        hint if given else "get it anew with: memcoder model pull",
    )


def check(pinned: PinnedFile, folder: Path, given: Path | None = None) -> Found:
    """Look at the file cheaply: hash it only where the ledger does not know it as it is now."""
    path = given or folder / pinned.name
    if not path.is_file():
        return Found(path, "missing")
    if path.stat().st_size != pinned.size:
        return Found(path, "truncated" if path.stat().st_size < pinned.size else "altered")
    if _ledger(folder).get(str(path.resolve())) == _state(path, pinned.sha256):
        return Found(path, "ok")
    return verify(pinned, folder, given)


def verify(pinned: PinnedFile, folder: Path, given: Path | None = None, progress: Progress | None = None) -> Found:
    """Hash the whole file, whatever the ledger says, and note the result there."""
    path = given or folder / pinned.name
    if not path.is_file():
        return Found(path, "missing")
    if path.stat().st_size != pinned.size:
        return Found(path, "truncated" if path.stat().st_size < pinned.size else "altered")
    if sha256(path, progress) != pinned.sha256:
        forget(path, folder)
        return Found(path, "altered")
    remember(path, pinned, folder)
    return Found(path, "ok")


def sha256(path: Path, progress: Progress | None = None) -> str:
    """Hex digest of a file's content."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress("checking", done, total)
    return digest.hexdigest()


def remember(path: Path, pinned: PinnedFile, folder: Path) -> None:
    """Note that this file was hashed and is the pinned one."""
    _write_ledger(folder, _ledger(folder) | {str(path.resolve()): _state(path, pinned.sha256)})


def forget(path: Path, folder: Path) -> None:
    """Drop what was noted about this file."""
    ledger = _ledger(folder)
    if ledger.pop(str(path.resolve()), None) is not None:
        _write_ledger(folder, ledger)


def _state(path: Path, digest: str) -> list[object]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, digest]


def _ledger(folder: Path) -> dict[str, list[object]]:
    try:
        found = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # a lost or torn ledger costs one more hashing, nothing else
    return found if isinstance(found, dict) else {}


def _write_ledger(folder: Path, ledger: dict[str, list[object]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{LEDGER}.{os.getpid()}"
    try:
        fresh.write_text(json.dumps(ledger, indent=1), encoding="utf-8")
        os.replace(fresh, folder / LEDGER)
    except OSError:
        fresh.unlink(missing_ok=True)  # a read-only or full home: the next look hashes again
