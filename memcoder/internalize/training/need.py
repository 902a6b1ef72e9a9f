"""What training needs, checked before anything long is begun."""

from pathlib import Path

from memcoder.errors import FaultError, MissingError

LOADING = 1.6
"""Peak while a base is loaded, over its weights in float32: they are held twice for a while, the largest ones."""
STEP_BYTES = 600_000
"""Activations and gradients a token of a batch and a hundred million parameters, measured; see docs/internalize.md."""


def require_libraries() -> None:
    """Raises MissingError where the extra is not installed."""
    try:
        import peft  # noqa: F401
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"the extra `train` is not installed ({error.name} is missing)",
            "pip install 'memcoder-agent[train]'; on a machine without a GPU add "
            "--extra-index-url https://download.pytorch.org/whl/cpu",
        ) from error


def parameters(base: Path) -> int:
    """How many numbers the base's weights are, from the heads of its files alone."""
    if base.is_file():
        from gguf import GGUFReader

        return sum(int(tensor.n_elements) for tensor in GGUFReader(base).tensors)
    from safetensors import safe_open

    count = 0
    for path in sorted(base.glob("*.safetensors")):
        with safe_open(path, framework="np") as file:
            for key in file.keys():  # noqa: SIM118 - not a mapping
                size = 1
                for side in file.get_slice(key).get_shape():
                    size *= side
                count += size
    return count


def estimate(base: Path, tokens: int) -> int:
    """Bytes that training on `tokens` tokens a step takes at most, roughly: weights in float32 and activations."""
    count = parameters(base)
    return int(max(LOADING * 4 * count, 4 * count + STEP_BYTES * tokens * count / 100_000_000))


def require_memory(base: Path, tokens: int) -> int:
    """The estimate in bytes. Raises FaultError where the machine has less to give."""
    import psutil

    wanted, free = estimate(base, tokens), psutil.virtual_memory().available
    if wanted > free:
        raise FaultError(
            f"training on {base.name} takes about {wanted / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free",
            "end other programs, take a smaller base (--base small), or another machine",
        )
    return wanted
