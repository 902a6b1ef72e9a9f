"""From peft's files to the GGUF file that llama.cpp loads beside a base.

As llama.cpp's own convert_lora_to_gguf.py does it, for the architectures whose names and rows are known here. Numbers
stay as they are, in float32.
"""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memcoder.errors import FaultError, MissingError, UsageError
from memcoder.models.adapters.content import CONFIGURATION, WEIGHTS
from memcoder.models.adapters.header import read_header

if TYPE_CHECKING:
    from numpy import ndarray

PERMUTED = {"llama": True, "qwen2": False}
"""Architecture → whether its GGUF files hold the rows of queries and keys in another order than transformers does:
llama's pairs for rotation lie side by side there, and half a head apart here."""
QUERIES, KEYS = "attn_q", "attn_k"
PREFIX = "base_model.model."
PLAIN = {
    "use_dora": (False, None),
    "bias": ("none", None),
    "modules_to_save": (None, []),
    "rank_pattern": ({}, None),
    "alpha_pattern": ({}, None),
    "lora_bias": (False, None),
    "fan_in_fan_out": (False, None),
    "trainable_token_indices": (None, []),
    "layer_replication": (None, []),
    "megatron_config": (None,),
}
"""peft's options that a GGUF file of an adapter cannot express, and the values at which they say nothing."""
ELSEWHERE = "serve it with: memcoder adapter serve NAME --engine vllm"


def convert(weights: Path, base: Path, target: Path) -> Path:
    """Write the adapter in a peft folder as GGUF for the base in a GGUF file; gives `target`.

    Raises UsageError where the base's architecture, an option of the adapter or a layer of it cannot be converted,
    FaultError where its files cannot be read, MissingError where the libraries are not installed.
    """
    gguf, load_file = _libraries()
    header = read_header(base)
    architecture = str(header.get("general.architecture"))
    if architecture not in PERMUTED:
        known = ", ".join(PERMUTED)
        raise UsageError(f"adapters for the architecture {architecture!r} are not converted, only {known}", ELSEWHERE)
    configuration = _configuration(weights / CONFIGURATION)
    try:
        tensors = load_file(weights / WEIGHTS)
    except Exception as error:  # whatever the safetensors library raises for a broken file
        raise FaultError(f"{weights / WEIGHTS} cannot be read: {error}", "train the adapter again") from error
    names = _name_map(gguf, architecture, int(header[f"{architecture}.block_count"]))
    writer = gguf.GGUFWriter(target, architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, _alpha(configuration))
    for name, tensor in sorted(tensors.items()):
        layer, side = _split(name)
        there = names.get_name(layer)
        if there is None:
            raise UsageError(f"{architecture} has no layer {layer!r} for the adapter's {name!r}", ELSEWHERE)
        if side == "lora_b" and PERMUTED[architecture] and there.rpartition(".")[2] in (QUERIES, KEYS):
            tensor = _permuted(tensor, _heads(header, architecture, there))
        writer.add_tensor(f"{there}.weight.{side}", tensor.astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _configuration(path: Path) -> dict[str, Any]:
    configuration: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for option, plain in PLAIN.items():
        if configuration.get(option) not in (*plain, None):
            raise UsageError(f"{path.parent.name} sets peft's `{option}`, which llama.cpp cannot apply", ELSEWHERE)
    return configuration


def _alpha(configuration: dict[str, Any]) -> float:
    """What llama.cpp divides by the rank to get the scale; rank-stabilised adapters divide by the rank's root."""
    alpha = float(configuration["lora_alpha"])
    return alpha * math.sqrt(int(configuration["r"])) if configuration.get("use_rslora") else alpha


def _split(name: str) -> tuple[str, str]:
    """`base_model.model.model.layers.0.mlp.up_proj.lora_A.weight` → `model.layers.0.mlp.up_proj`, `lora_a`."""
    layer, _, side = name.removeprefix(PREFIX).removesuffix(".weight").rpartition(".")
    if not name.startswith(PREFIX) or side not in ("lora_A", "lora_B"):
        raise UsageError(f"the adapter holds {name!r}, which is no low-rank factor of a linear layer", ELSEWHERE)
    return layer, side.lower()


def _name_map(gguf: Any, architecture: str, blocks: int) -> Any:
    number = next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)
    return gguf.get_tensor_name_map(number, blocks)


def _heads(header: dict[str, Any], architecture: str, layer: str) -> int:
    heads = int(header[f"{architecture}.attention.head_count"])
    of_keys = int(header.get(f"{architecture}.attention.head_count_kv", heads))
    return of_keys if layer.endswith(KEYS) else heads


def _permuted(tensor: "ndarray[Any, Any]", heads: int) -> "ndarray[Any, Any]":
    """Rows (out × rank) of each head in the order in which llama.cpp rotates them."""
    rows, rank = tensor.shape
    return tensor.reshape(heads, 2, rows // heads // 2, rank).swapaxes(1, 2).reshape(rows, rank)


def _libraries() -> tuple[Any, Any]:
    try:
        import gguf
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingError(
            f"what converts an adapter is not installed ({error})", "pip install 'memcoder-agent[train,local]'"
        ) from error
    return gguf, load_file
