"""Control tokens of chat and infill formats, taken out of untrusted text."""

import re

CONTROL = re.compile(r"<\|(?=[A-Za-z0-9_]+\|>)")
"""ChatML's and Qwen's marks, e.g. the one that opens a chat turn or a file separator."""
BREAK = "<\u200b|"


def plain_text(text: str) -> str:
    """The text with no control token in it: a zero-width space keeps a repository's file from opening a chat turn."""
    return CONTROL.sub(BREAK, text)


def restore(text: str) -> str:
    """A model's answer with the marks as the source has them, so that its edits match the files."""
    return text.replace(BREAK, "<|")
