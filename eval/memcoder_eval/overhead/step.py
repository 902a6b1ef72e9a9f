"""What all arms have in common: the command, how a model asks for it, and what a step is."""

from collections.abc import Callable

COMMAND = "true"
THOUGHT = "THOUGHT: The next thing to do is to look whether this works, so I run it."
Step = Callable[[], object]
"""One step of an arm: reply, parse, run, render, append."""


def reply(tag: str) -> str:
    """The scripted answer, with the command in a block as an arm's text protocol has it."""
    return f"{THOUGHT}\n\n```{tag}\n{COMMAND}\n```\n"
