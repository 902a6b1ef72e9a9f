"""What training needs, checked before anything long is begun."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path

from memcoder.errors import FaultError, MissingError
from memcoder.internalize.training.example import Example, Training

LIBRARIES = 500_000_000
"""Bytes that torch and what it needs take by themselves."""
LOADING = 1.6
"""Peak while a base is loaded, over its weights in float32: its largest tensors are held twice for a while."""
TOKEN_BYTES = 2_000_000
"""Activations a token of a step, of a base of a hundred million weights; they grow with the root of those.

SmolLM2-135M took 2.2 GB in steps of about 500 tokens, on a CPU."""
TEMPLATE = 40
"""Tokens of a chat template, its system prompt among them."""


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


def tokens_of(examples: Sequence[Example], how: Training) -> int:
    """Tokens of the largest step at most, at three characters a token; a pair is read twice."""
    longest = max((len(one.prompt) + max(len(one.answer), len(one.rejected)) for one in examples), default=0)
    rows = how.batch * (2 if any(one.rejected for one in examples) else 1)
    return rows * min(how.max_length, longest // 3 + TEMPLATE)


def estimate(base: Path, tokens: int) -> int:
    """Bytes that training with `tokens` tokens a step takes, roughly."""
    count = parameters(base)
    steps = 4 * count + TOKEN_BYTES * tokens * sqrt(count / 100_000_000)
    return LIBRARIES + int(max(LOADING * 4 * count, steps))


def require_memory(base: Path, tokens: int) -> None:
    """Raises FaultError where the machine has less to give than training takes."""
    import psutil

    wanted, free = estimate(base, tokens), psutil.virtual_memory().available
    if wanted > free:
        raise FaultError(
            f"training on {base.name} takes about {wanted / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free",
            "end other programs, take a smaller base (--base small), or another machine",
        )
