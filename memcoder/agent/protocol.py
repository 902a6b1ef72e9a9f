"""How a model calls tools: natively, or in the text of its answer. The loop is the same for both.

In the text protocol a call is a fenced block whose info string is the tool's name, with options as `key=value`:

    ```edit path=src/app.py
    the lines that the tool takes
    ```
"""

import json
import re
import shlex
from collections.abc import Sequence
from typing import Protocol

from memcoder.agent.tools.base import Toolbox
from memcoder.errors import UsageError
from memcoder.models.base import Message, Reply, Tool, ToolCall
from memcoder.prompts import unbroken

BLOCK = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^[ \t]*(?P=fence)[ \t]*$", re.M | re.S
)
ALIASES = {"sh": "bash", "shell": "bash", "console": "bash"}
CUT_OFF = "Your answer was cut off before it ended, so nothing was run. Write less at once."


class Speech(Protocol):
    """One way of calling tools."""

    offered: list[Tool] | None
    """The tools as the model's provider is given them; None where the prompt describes them."""

    def calls(self, reply: Reply) -> Sequence[ToolCall]:
        """What a reply wants called, each call with its problem where it has one; empty where it calls nothing."""

    def nothing(self, reply: Reply) -> str:
        """What a model is told that called nothing."""

    def answer(self, call: ToolCall, text: str) -> Message:
        """The message that tells the model what came of a call."""


class Native:
    """Calls as the provider gives them."""

    def __init__(self, toolbox: Toolbox) -> None:
        self.offered: list[Tool] | None = toolbox.descriptions

    def calls(self, reply: Reply) -> Sequence[ToolCall]:
        return reply.tool_calls

    def nothing(self, reply: Reply) -> str:
        if reply.finish == "length":
            return CUT_OFF
        return "You called no tool. Call one; `submit` once the issue is resolved."

    def answer(self, call: ToolCall, text: str) -> Message:
        return call.answer(text)


class Written:
    """Calls in the text: the first block that names a tool is run; what comes after it is not, as the model wrote it
    without having seen what came of the first."""

    def __init__(self, toolbox: Toolbox) -> None:
        self.offered: list[Tool] | None = None
        self._tools = toolbox.tools

    def calls(self, reply: Reply) -> Sequence[ToolCall]:
        for match in BLOCK.finditer(_closed(unbroken(reply.text), cut_off=reply.finish == "length")):
            name, _, options = match["info"].strip().partition(" ")
            name = ALIASES.get(name.lower(), name.lower())
            if name in self._tools:
                return [self._call(name, options, match["body"].removesuffix("\n"))]
        return []

    def nothing(self, reply: Reply) -> str:
        if reply.finish == "length":
            return CUT_OFF
        forms = "\n\n".join(tool.example for tool in self._tools.values())
        return f"Your answer has no block that calls a tool. Write one of:\n\n{forms}"

    def answer(self, call: ToolCall, text: str) -> Message:
        return {"role": "user", "content": text}

    def _call(self, name: str, options: str, body: str) -> ToolCall:
        try:
            given = dict(_option(word) for word in shlex.split(options))
            arguments = self._tools[name].read(given, body)
        except (UsageError, ValueError) as error:
            return ToolCall(id=name, name=name, problem=f"the block cannot be read: {error}", written=options)
        return ToolCall(id=name, name=name, arguments=arguments, written=json.dumps(arguments))


def _option(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals:
        raise ValueError(f"{word!r} is no key=value")
    return key, value


def _closed(text: str, *, cut_off: bool) -> str:
    """A text that ends inside its last fence, because that is where the model stopped, has the fence's end.

    One that was cut off has not: half a call is none.
    """
    opened = re.findall(r"^[ \t]*(`{3,}|~{3,})", text, re.M)
    return text if cut_off or len(opened) % 2 == 0 else f"{text.rstrip()}\n{opened[-1]}"
