"""Tool calls as providers give them, read with care: a model may name a tool that does not exist, or write no JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from memcoder.models.base import Message, Tool, ToolCall
from memcoder.models.tokens import plain_text, restore


def read_calls(raw: Iterable[Any], tools: Sequence[Tool]) -> tuple[ToolCall, ...]:
    """litellm's calls as ours."""
    return tuple(
        make_call(call.id or f"call_{number}", call.function.name or "", call.function.arguments or "{}", tools)
        for number, call in enumerate(raw)
    )


def make_call(id_of_call: str, name: str, written: str, tools: Sequence[Tool]) -> ToolCall:
    """A call of a tool with the arguments as the model wrote them.

    What cannot be called says why, in words for the model, and is never guessed at.
    """
    written = restore(written)
    arguments, problem = _arguments(written)
    names = [tool["function"]["name"] for tool in tools]
    if name not in names:
        problem = f"there is no tool {name!r}; the tools are {', '.join(names) or 'none'}"
    given = {} if problem else arguments
    return ToolCall(id=id_of_call, name=name, arguments=given, problem=problem, written=written)


def _arguments(written: str) -> tuple[dict[str, Any], str]:
    try:
        arguments = json.loads(written)
    except ValueError as error:
        return {}, f"the arguments are no JSON: {error}"
    if not isinstance(arguments, dict):
        return {}, "the arguments must be one JSON object"
    return arguments, ""


def plain_message(message: Message) -> Message:
    """The message without control tokens, in its text and in the arguments of its calls."""
    plain = {**message, "content": _plain(message.get("content") or "")}
    if message.get("tool_calls"):
        plain["tool_calls"] = [
            {**call, "function": {**call["function"], "arguments": plain_text(call["function"]["arguments"])}}
            for call in message["tool_calls"]
        ]
    return plain


def _plain(content: Any) -> Any:
    """The content without control tokens; parts other than text are left as they are."""
    if isinstance(content, str):
        return plain_text(content)
    return [{**part, "text": plain_text(part["text"])} if "text" in part else part for part in content]
