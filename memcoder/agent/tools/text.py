"""Untrusted text as a tool shows it: cut in the middle, and as a data block."""

from memcoder.prompts import data_block
from memcoder.sandbox.shell import Kept

LINE_LIMIT = 400
"""Characters of one line of a file that are shown."""


def shown(text: str, label: str, limit: int) -> str:
    """A data block with the head and the tail of the text: at most about `limit` characters."""
    return data_block(cut(text, limit), label)


def cut(text: str, limit: int) -> str:
    """The text without its middle where it is longer; a line in it says how much is missing."""
    if len(text) <= limit:
        return text
    kept = Kept(limit)
    kept.add(text.encode(errors="replace"))
    return kept.text()


def numbered(lines: list[str], first: int) -> str:
    """The lines with their numbers, of which the first is given."""
    return "\n".join(f"{number:>5} {_short(line)}".rstrip() for number, line in enumerate(lines, start=first))


def _short(line: str) -> str:
    return line if len(line) <= LINE_LIMIT else f"{line[:LINE_LIMIT]} [… {len(line) - LINE_LIMIT} more characters]"
