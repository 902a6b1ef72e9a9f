"""Tokens: how many a text has, about; and control tokens of chat and infill formats, taken out of untrusted text."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

CONTROL = re.compile(r"<\|(?=[A-Za-z0-9_]+\|>)")
"""ChatML's and Qwen's marks, e.g. the one that opens a chat turn or a file separator."""
BREAK = "<\u200b|"
CHARACTERS_A_TOKEN = 3.2
"""Source code under the Qwen2.5 tokenizer runs at about 3.2 characters a token; only used to keep to a budget."""
CAUTIOUS_CHARACTERS_A_TOKEN = 2.5
"""Fewer than code usually has, so that what is guessed to fit does."""


def count_tokens(text: str) -> int:
    """About how many tokens a text of source code has: its characters / 3.2, rounded up. No tokenizer is asked."""
    return math.ceil(len(text) / CHARACTERS_A_TOKEN)


def fits(messages: Iterable[Mapping[str, Any]], answer: int, context: int) -> bool:
    """Whether a chat and an answer of so many tokens go into a model's context, by a cautious guess."""
    characters = sum(len(message["content"]) for message in messages)
    return characters / CAUTIOUS_CHARACTERS_A_TOKEN + answer < context


def plain_text(text: str) -> str:
    """The text with no control token in it: a zero-width space keeps a repository's file from opening a chat turn."""
    return CONTROL.sub(BREAK, text)


def restore(text: str) -> str:
    """A model's answer with the marks as the source has them, so that its edits match the files."""
    return text.replace(BREAK, "<|")
