"""Marks that tell a provider up to where a prompt will come again, so that it is read from a cache, at a discount.

Anthropic's models want such marks, wherever they are served; other providers cache by themselves or not at all.
Source: Anthropic's "Prompt caching" (at most four marks; a mark is looked for in up to twenty blocks before it).
"""

from collections.abc import Sequence
from typing import Any

from memcoder.models.base import Message

MARK = {"type": "ephemeral"}


def wants_marks(litellm: Any, name: str) -> bool:
    """Whether the model, by litellm's name, caches what is marked and nothing else."""
    try:
        return "claude" in name.lower() and bool(litellm.utils.supports_prompt_caching(name))
    except Exception:
        return False


def mark_prefix(messages: Sequence[Message], *, again: bool) -> list[Message]:
    """The messages with the stable prefix marked: tools and system always, the rest where it will be sent again.

    That is so in a conversation, whose next prompt begins with all of this one, and where the caller says `again`.
    Writing to the cache costs more than reading a prompt once, so a lone question is not marked.
    """
    marked = list(messages)
    for at, message in enumerate(marked):
        if message["role"] == "system":
            marked[at] = _marked(message)
    asked = [at for at, message in enumerate(marked) if message["role"] in ("user", "tool")]
    if asked and (again or len(asked) > 1):
        marked[asked[-1]] = _marked(marked[asked[-1]])
    return marked


def _marked(message: Message) -> Message:
    content = message.get("content")
    if not content:  # Anthropic refuses a mark on an empty text
        return message
    if message["role"] == "tool":
        return {**message, "cache_control": MARK}
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    return {**message, "content": [*parts[:-1], {**parts[-1], "cache_control": MARK}]}
