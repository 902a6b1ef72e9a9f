"""Where a training stands, on disk: written whole or not at all, and bound to what is trained."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memcoder.errors import FaultError, UsageError
from memcoder.internalize.training.example import Example, Training
from memcoder.models.adapters.weights import base_sha256
from memcoder.whole import write_whole

NAME = "checkpoint.pt"
MARK = "training.json"


def fingerprint(base: Path, examples: Sequence[Example], how: Training, start: Path | None) -> str:
    """SHA-256 over everything that the result depends on."""
    digest = hashlib.sha256(json.dumps([base.name, base_sha256(base), how.model_dump(mode="json")]).encode())
    for one in examples:
        digest.update(one.model_dump_json().encode())
    if start is not None:
        for name in ("adapter_model.safetensors", "adapter_config.json"):
            digest.update((start / name).read_bytes())
    return digest.hexdigest()


def claim(folder: Path, mark: str) -> None:
    """Make the folder this training's own. Raises UsageError where it holds another one's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MARK
    if path.exists() and path.read_text(encoding="utf-8").strip() != mark:
        raise UsageError(f"{folder} holds another training", "give another folder, or delete this one")
    write_whole(path, f"{mark}\n".encode())


def save(folder: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint."""
    import torch

    draft = folder / f".{NAME}.{os.getpid()}"
    try:
        with draft.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, folder / NAME)
    finally:
        draft.unlink(missing_ok=True)


def load(folder: Path) -> dict[str, Any] | None:
    """The last checkpoint, tensors and plain values only; None where there is none.

    Raises FaultError where it cannot be read.
    """
    import torch

    path = folder / NAME
    if not path.exists():
        return None
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the damaged part of the file makes it raise
        raise FaultError(
            f"{path} cannot be read ({error})"[:300], "delete it: the training then begins anew"
        ) from error
    return dict(found)
