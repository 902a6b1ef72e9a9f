"""Small signed JSON documents: whole or not there, and refused where they were edited outside."""

import json
from pathlib import Path
from typing import Any

from memcoder.errors import FaultError
from memcoder.signing import canonical, sign, verify
from memcoder.whole import write_whole


def write_sealed(path: Path, document: dict[str, Any]) -> None:
    """Put a document and its signature at `path`, in one step."""
    text = canonical({"document": document, "signature": sign(canonical(document))})
    write_whole(path, f"{text}\n".encode())


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
