"""Small signed JSON documents: whole or not there, and refused where they were edited outside."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from memcoder.errors import FaultError
from memcoder.signing import canonical, sign, verify

DRAFT = ".draft-"
"""How the names of files and folders begin that are being made or removed; while the registry's lock is held, one that
lies there is a dead process's."""


def write_sealed(path: Path, document: dict[str, Any]) -> None:
    """Put a document and its signature at `path`, in one step."""
    text = canonical({"document": document, "signature": sign(canonical(document))})
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=DRAFT)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def read_sealed(path: Path, what: str, hint: str) -> dict[str, Any]:
    """The document at `path`; `what` names it in errors. Raises FaultError where it is not as it was written."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        document, signature = whole["document"], str(whole["signature"])
        if isinstance(document, dict) and verify(canonical(document), signature):
            return document
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FaultError(f"{what} cannot be read: {path}", hint) from error
    raise FaultError(f"{what} was altered, or was signed under another key: {path}", hint)
