"""A model that answers from a file: for tests, and to show the harness without a model.

The file is JSON lines; each line is a reply: a string, {"text": ..., "infill": true} for a reply to an infill, or
{"text": ..., "tool_calls": [{"name": ..., "arguments": {...}}]} for one that calls tools. Chat replies and infill
replies are two queues, each used in order.
"""

import json
from collections import deque
from pathlib import Path
from typing import Any

from memcoder.errors import FaultError, UsageError
from memcoder.models.base import PLAIN, Listen, Message, Reply, Sampling, Tool, ToolCall
from memcoder.models.calls import make_call
from memcoder.records import Usage

MORE = "put the replies that come next into it: a run that goes on reads it from its first line"


class ScriptedModel:
    """Replies in the file's order; raises FaultError when there are no more."""

    context = 1_000_000
    can_prefill = False

    def __init__(self, path: Path, *, listen: Listen | None = None) -> None:
        """Raises UsageError where the file is missing or not JSON lines."""
        self.name = f"scripted:{path}"
        self.prompts: list[Any] = []
        """What it was asked, in order."""
        self.sizes: list[int] = []
        """How many replies each time."""
        self._listen = listen
        self._chat: deque[Reply] = deque()
        self._infill: deque[Reply] = deque()
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            for line in filter(str.strip, lines):
                reply, infill = _read(json.loads(line))
                (self._infill if infill else self._chat).append(reply)
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{path} is no script of replies: {error}", "one JSON string a line") from error
        self.can_infill = bool(self._infill)
        self.can_call_tools = any(reply.tool_calls for reply in self._chat)

    def chat(self, messages: list[Message], how: Sampling = PLAIN, *, tools: list[Tool] | None = None) -> Reply:
        """The next chat reply; its calls of tools that were not offered say so."""
        reply = self.sample(messages, 1, how)[0]
        calls = tuple(make_call(call.id, call.name, call.written, tools or ()) for call in reply.tool_calls)
        return reply.model_copy(update={"tool_calls": calls})

    def sample(self, messages: list[Message], n: int, how: Sampling = PLAIN) -> list[Reply]:
        """The next `n` chat replies, or as many as are left."""
        replies = self._next(self._chat, messages, n)
        if self._listen and n == 1:
            self._listen(f"{replies[0].text}\n")
        return replies

    def infill(self, prefix: str, suffix: str, n: int, how: Sampling = PLAIN) -> list[Reply]:
        """The next `n` infill replies; empty ones where none are left."""
        if not self._infill:
            return [Reply(text="")]
        return self._next(self._infill, (prefix, suffix), n)

    def _next(self, queue: deque[Reply], prompt: Any, n: int) -> list[Reply]:
        self.prompts.append(prompt)
        self.sizes.append(n)
        if not queue:
            raise FaultError("the script has no more replies", MORE)
        return [queue.popleft() for _ in range(min(n, len(queue)))]

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """Replies from a file cost nothing."""
        return 0.0

    def close(self) -> None:
        """Nothing was started."""


def _read(line: Any) -> tuple[Reply, bool]:
    """A reply, and whether it is one to an infill. Arguments may be a string, as a model wrote them."""
    facts = {"text": line} if isinstance(line, str) else line
    calls = []
    for number, call in enumerate(facts.get("tool_calls", ())):
        given = call["arguments"]
        written = given if isinstance(given, str) else json.dumps(given)
        calls.append(ToolCall(id=f"call_{number}", name=call["name"], written=written))
    reply = Reply(text=facts["text"], tool_calls=tuple(calls), usage=Usage(calls=1))
    return reply, bool(facts.get("infill", False))
