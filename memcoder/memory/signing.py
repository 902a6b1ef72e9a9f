"""What is signed of a memory; the signatures themselves are `memcoder.signing`'s."""

from memcoder.records import Memory
from memcoder.signing import canonical, key_mark, sign, verifier, verify

__all__ = ["body_of", "canonical", "key_mark", "sign", "verifier", "verify"]


def body_of(memory: Memory) -> str:
    """What is stored and signed of a memory."""
    return canonical(memory.model_dump(mode="json"))
