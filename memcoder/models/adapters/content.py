"""The two files that an adapter is, as peft writes them, and the name that their content gives it."""

import hashlib
import json
import shutil
from pathlib import Path, PurePosixPath

from memcoder.errors import UsageError
from memcoder.fetch.place import sha256
from memcoder.records import Adapter

WEIGHTS, CONFIGURATION = FILES = ("adapter_model.safetensors", "adapter_config.json")
"""Never a pickle: `adapter_model.bin` could run code when it is read."""
ID_DIGITS = 16
CONFIGURATION_LIMIT = 1_000_000
"""Bytes."""


def content_id(weights: Path) -> str:
    """The name of the adapter in a peft folder: the first 16 hex digits of the SHA-256 over its two files.

    Raises UsageError where the folder holds no adapter.
    """
    check_weights(weights)
    digest = hashlib.sha256()
    for name, each in file_hashes(weights).items():
        digest.update(f"{name} {each}\n".encode())
    return digest.hexdigest()[:ID_DIGITS]


def file_hashes(weights: Path) -> dict[str, str]:
    """SHA-256 of each of the two files, as hex."""
    return {name: sha256(weights / name) for name in FILES}


def copy_weights(weights: Path, folder: Path) -> None:
    """The two files, and nothing else that lies beside them."""
    check_weights(weights)
    for name in FILES:
        shutil.copyfile(weights / name, folder / name, follow_symlinks=False)


def check_weights(weights: Path) -> None:
    """Raises UsageError where a folder does not hold a LoRA adapter in peft's two plain files."""
    hint = "give the folder that peft's save_pretrained wrote"
    for name in FILES:
        file = weights / name
        if file.is_symlink() or not file.is_file():
            raise UsageError(f"{file} is not there, or no plain file", hint)
    configuration = weights / CONFIGURATION
    try:
        if configuration.stat().st_size > CONFIGURATION_LIMIT:
            raise ValueError(f"larger than {CONFIGURATION_LIMIT} bytes")
        kind = json.loads(configuration.read_text(encoding="utf-8"))["peft_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{configuration} is not peft's: {error}", hint) from error
    if kind != "LORA":
        raise UsageError(f"{configuration} is of kind {kind!r}, not LORA", hint)


def check_manifest(manifest: Adapter) -> None:
    """Raises UsageError for a repository or an area that could lead outside, or be taken for another one."""
    if not (manifest.repository.isascii() and manifest.repository.replace("-", "").replace("_", "").isalnum()):
        raise UsageError(f"{manifest.repository!r} is no repository's key", "give `Repository.key`")
    area = manifest.area
    plain = area.isprintable() and "\\" not in area and str(PurePosixPath(area)) == area
    if area and (not plain or area == "." or {"..", "/"} & set(PurePosixPath(area).parts)):
        raise UsageError(f"{area!r} is no folder inside a repository", "give it as `src/parser`, with forward slashes")
