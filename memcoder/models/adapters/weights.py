"""The weights of a base model, for torch: which file a name stands for, its hash, and the model made of it.

Only GGUF and safetensors are read, which hold numbers and no code; code that a model's folder brings is never run.
"""

import hashlib
import io
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from memcoder.config import EMBEDDED
from memcoder.errors import FaultError, MissingError, UsageError
from memcoder.fetch import EMBEDDED_MODEL, SMALL_MODEL, check, locate
from memcoder.fetch.place import sha256
from memcoder.models.embedded import models_folder

SMALL = "small"
PINNED = {SMALL: SMALL_MODEL, EMBEDDED: EMBEDDED_MODEL}
MAGIC = b"GGUF"
DIGEST_FILES = ("*.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
"""What a folder's hash is over."""


def base_file(name: str, given: Path | None = None) -> Path:
    """The base that a name stands for: `small`, `embedded`, or a path of a GGUF file or a Hugging Face folder.

    `given` is a copy of a pinned file on this machine (the setting `model_path`). Nothing is downloaded. Raises
    MissingError where it is not there, FaultError where a pinned file was altered, UsageError where it is no base.
    """
    if name in PINNED:
        try:
            return locate(PINNED[name], models_folder(), given)
        except MissingError as error:
            pull = "memcoder model pull --small" if name == SMALL else "memcoder model pull"
            raise MissingError(error.message, error.hint if given else f"get it with: {pull}") from error
    path = Path(name).expanduser()
    if not path.exists():
        raise MissingError(f"the base model {name} is not there", "give `small`, `embedded`, or the path of one")
    check_base(path)
    return path


def base_sha256(path: Path) -> str:
    """What tells this base from every other: the hash of its file, or over the files of its folder.

    A pinned file that was hashed before, and is as it was, is not hashed again.
    """
    if path.is_dir():
        files = sorted({file for pattern in DIGEST_FILES for file in path.glob(pattern)})
        lines = "".join(f"{file.name} {sha256(file)}\n" for file in files)
        return hashlib.sha256(lines.encode()).hexdigest()
    for pinned in PINNED.values():
        size_fits = path.stat().st_size == pinned.size
        if size_fits and check(pinned, models_folder(), path).state == "ok":
            return pinned.sha256
    return sha256(path)


def check_base(path: Path) -> None:
    """Raises UsageError where a path is neither a GGUF file nor a folder with safetensors."""
    hint = "give a GGUF file, or a folder with config.json, tokenizer.json and model.safetensors"
    if path.is_dir():
        if not (path / "config.json").is_file() or not any(path.glob("*.safetensors")):
            raise UsageError(f"{path} holds no config.json with safetensors", hint)
        return
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise UsageError(f"{path} is no GGUF file", hint)


def load_base(path: Path) -> tuple[Any, Any]:
    """The model, in float32 and for inference, and its tokenizer, by transformers.

    The weights of a GGUF file are dequantised: 4 bytes a weight. Raises MissingError where the libraries are not
    installed, UsageError where `path` is no base, FaultError where transformers cannot read it.
    """
    check_base(path)
    torch, transformers = _libraries()
    where: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    folder = path
    if path.is_file():
        folder, where["gguf_file"] = path.parent, path.name
    else:
        where["use_safetensors"] = True
    try:
        with redirect_stderr(io.StringIO()):  # the bar of dequantising cannot be turned off
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **where)
            model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **where)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        why = " ".join(str(error).split())[:300]
        raise FaultError(f"{path} cannot be loaded: {why}", "give another base, or get it anew", "model") from error
    return model.eval(), tokenizer


def _libraries() -> tuple[Any, Any]:
    try:
        import gguf  # noqa: F401 - transformers reads GGUF by it
        import torch
        import transformers
    except ImportError as error:
        raise MissingError(
            f"what loads a base model is not installed ({error})", "pip install 'memcoder-agent[train]'"
        ) from error
    return torch, transformers
