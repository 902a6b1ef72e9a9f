"""What a language model is to memcoder."""

import json
from collections.abc import Callable
from typing import Any, Protocol

from pydantic import Field

from memcoder.records import Record, Usage

Message = dict[str, Any]
"""OpenAI's chat format: {"role": ..., "content": ...}."""
Tool = dict[str, Any]
"""OpenAI's description of a tool: {"type": "function", "function": {"name": ..., "parameters": JSON schema}}."""
Say = Callable[[str], None]
"""Called with one line for the person who waits."""
Progress = Callable[[str, int, int], None]
"""Called as (what, done, total)."""
Listen = Callable[[str], None]
"""Called with the text of an answer, piece by piece, as it comes."""


class ToolCall(Record):
    """One tool that a model wants called."""

    id: str
    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    problem: str = ""
    """Why it must not be called (no such tool, arguments that are no JSON object), in words for the model."""
    written: str = "{}"
    """The arguments as the model wrote them."""

    def answer(self, text: str) -> Message:
        """The message that tells the model what came of the call."""
        return {"role": "tool", "tool_call_id": self.id, "content": text}


class Reply(Record):
    """One answer. Where several were sampled in one request, the first carries the prompt's cost."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    finish: str = "stop"
    """`stop`, or `length` where the answer was cut off."""
    left_out: int = 0
    """Observations that the prompt was sent without, or shortened, because it was longer than the model's context."""

    def message(self) -> Message:
        """The answer as a message of the conversation that goes on from it."""
        message: Message = {"role": "assistant", "content": self.text}
        if self.tool_calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _json(call)}}
                for call in self.tool_calls
            ]
        return message


def _json(call: ToolCall) -> str:
    """What the model wrote where that is JSON: providers refuse a conversation that holds anything else."""
    try:
        json.loads(call.written)
    except ValueError:
        return json.dumps({"not_json": call.written})
    return call.written


class Sampling(Record):
    """How answers are drawn, and how long they may take."""

    temperature: float = 0.0
    max_tokens: int = 1024
    seed: int = 0
    stop: tuple[str, ...] = ()
    """Texts before which an answer ends."""
    timeout: float | None = None
    """Seconds, with all that is tried again; None: as long as the model's kind allows."""
    json_schema: dict[str, Any] | None = None
    """What a chat's answer should look like. Servers that can hold a model to it do; the caller checks all the same."""


PLAIN = Sampling()
LINE = ("\n",)
"""Where an infill ends unless it is told otherwise."""


class LanguageModel(Protocol):
    """A model that answers chats, and where `can_infill` also fills in the middle of a text.

    All methods raise LimitError past the time limit, FaultError where the model cannot be reached or fails, and
    UsageError where it cannot do what is asked.
    """

    name: str
    can_infill: bool
    can_prefill: bool
    """Whether it goes on with an answer that the last message, from the assistant, begins. A reply's text has the
    beginning in it."""
    can_call_tools: bool
    """Whether `chat` takes tools; where not, tools are described and called in the text."""
    context: int
    """Tokens of prompt and answer together."""

    def chat(self, messages: list[Message], how: Sampling = PLAIN, *, tools: list[Tool] | None = None) -> Reply:
        """One answer. Where the conversation is longer than the context, its oldest observations (what came after the
        first user message, from tools or the user) are left out; the model is told where, the reply how many."""

    def sample(self, messages: list[Message], n: int, how: Sampling) -> list[Reply]:
        """`n` answers that share one prompt."""

    def infill(self, prefix: str, suffix: str, n: int, how: Sampling) -> list[Reply]:
        """`n` versions of what stands between prefix and suffix; a line each, unless `how` names stops."""

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """US dollars for so many tokens; None where the price is not known."""

    def close(self) -> None:
        """End what was started for it."""
