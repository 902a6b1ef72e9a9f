"""Signatures of records: HMAC-SHA256 under a key that only this user can read.

Memories and the manifests of adapters are signed when they are put, so that one edited outside is noticed. Classifiers
do not find grafted memories; provenance does.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from memcoder.config import home
from memcoder.errors import FaultError, UsageError

VARIABLE = "MEMCODER_MEMORY_KEY"
SHORTEST = 16
"""Characters a key given by the environment must have at least."""


def canonical(document: dict[str, Any]) -> str:
    """The one spelling of a JSON document that is signed."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sign(body: str) -> str:
    """Signature of a body, as `v1:` and 64 hex digits."""
    return _signature(_key(), body)


def verify(body: str, signature: str) -> bool:
    """Whether this user signed exactly this body."""
    return verifier()(body, signature)


def verifier() -> Callable[[str, str], bool]:
    """`verify` with the key looked up once, for many records."""
    key = _key()

    def holds(body: str, signature: str) -> bool:
        return hmac.compare_digest(_signature(key, body).encode(), signature.encode("utf-8", "surrogatepass"))

    return holds


def key_mark() -> str:
    """Tells keys apart without telling anything about them."""
    return hmac.new(_key(), b"memcoder key mark", hashlib.sha256).hexdigest()[:16]


def _signature(key: bytes, body: str) -> str:
    return "v1:" + hmac.new(key, body.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _key() -> bytes:
    given = os.environ.get(VARIABLE)
    if given is not None:
        if len(given) < SHORTEST:
            raise UsageError(f"{VARIABLE} is shorter than {SHORTEST} characters", "give a long random one, or unset it")
        return given.encode()
    path = home() / "key"
    state = path.stat() if path.exists() else None
    return _read(path, state.st_mtime_ns if state else 0)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> bytes:
    """The key at `path`; `changed` is its time of change, so that another key is read anew."""
    if not path.exists():
        _create(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise UsageError(f"{path} can be read by others, so its signatures prove nothing", f"chmod 600 {path}")
    key = path.read_bytes().strip()
    if len(key) < SHORTEST:
        raise FaultError(f"{path} holds no key", "restore it from a backup, or delete it and trust your records again")
    return key


def _create(path: Path) -> None:
    """A new key, whole or not at all; of two processes the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".key.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
