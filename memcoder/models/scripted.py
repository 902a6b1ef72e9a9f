"""A model that answers from a file: for tests, and to show the harness without a model.

The file is JSON lines; each line is a reply: a string, or {"text": ..., "infill": true} for a reply to an infill.
Chat replies and infill replies are two queues, each used in order.
"""

import json
from collections import deque
from pathlib import Path
from typing import Any

from memcoder.errors import FaultError, UsageError
from memcoder.models.base import PLAIN, Message, Reply, Sampling
from memcoder.records import Usage


class ScriptedModel:
    """Replies in the file's order; raises FaultError when there are no more."""

    context = 1_000_000
    can_prefill = False

    def __init__(self, path: Path) -> None:
        """Raises UsageError where the file is missing or not JSON lines."""
        self.name = f"scripted:{path}"
        self.prompts: list[Any] = []
        """What it was asked, in order."""
        self.sizes: list[int] = []
        """How many replies each time."""
        self._chat: deque[str] = deque()
        self._infill: deque[str] = deque()
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            for line in filter(str.strip, lines):
                reply = json.loads(line)
                text, infill = (reply, False) if isinstance(reply, str) else (reply["text"], reply.get("infill", False))
                (self._infill if infill else self._chat).append(text)
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path} is no script of replies: {error}", "one JSON string a line") from error
        self.can_infill = bool(self._infill)

    def chat(
        self, messages: list[Message], how: Sampling = PLAIN, *, tools: list[dict[str, Any]] | None = None
    ) -> Reply:
        """The next chat reply."""
        return self.sample(messages, 1, how)[0]

    def sample(self, messages: list[Message], n: int, how: Sampling = PLAIN) -> list[Reply]:
        """The next `n` chat replies, or as many as are left."""
        return self._next(self._chat, messages, n)

    def infill(self, prefix: str, suffix: str, n: int, how: Sampling = PLAIN) -> list[Reply]:
        """The next `n` infill replies; empty ones where none are left."""
        if not self._infill:
            return [Reply(text="")]
        return self._next(self._infill, (prefix, suffix), n)

    def _next(self, queue: deque[str], prompt: Any, n: int) -> list[Reply]:
        self.prompts.append(prompt)
        self.sizes.append(n)
        if not queue:
            raise FaultError("the script has no more replies", "add lines to it, or give another model")
        return [Reply(text=queue.popleft(), usage=Usage(calls=1)) for _ in range(min(n, len(queue)))]

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """Replies from a file cost nothing."""
        return 0.0

    def close(self) -> None:
        """Nothing was started."""
