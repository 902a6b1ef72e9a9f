"""Text of others, made ready to be quoted to a model: cut, nothing hidden in it, and unable to end its own block."""

import re
import unicodedata

from memcoder import unseen

MARK = re.compile(r"<(?=\s*/?\s*data)", re.IGNORECASE)
"""Where a text could open or close a block."""
LABEL = re.compile(r"[^\w .,:;/()+@=-]")


def visible(text: str) -> str:
    r"""The text with every control, direction and invisible character written out, e.g. as \x1b or \u202e.

    Line feeds and tabs stay; other kinds of space become a space.
    """
    return "".join(_shown(char) for char in text.replace("\r\n", "\n"))


def cut(text: str, most: int) -> str:
    """At most about `most` characters, with a mark that says how many are missing."""
    shown = visible(text[: most + 1])
    if len(text) <= most and len(shown) <= most:
        return shown
    kept = visible(text[:most])[:most]
    return f"{kept} […cut: {max(len(text) - most, 1)} more characters]"


def inert(text: str) -> str:
    """The text with the angle brackets of our own marks written as `&lt;`, so that it opens and closes no block."""
    return MARK.sub("&lt;", text)


def field(text: str, most: int) -> str:
    """One field of an answer: visible, cut, and inert."""
    return inert(cut(text, most))


def block(text: str, source: str) -> str:
    """A marked data block; `source` says what is quoted, and can hold no quotes of its own."""
    return f'<data source="{LABEL.sub("_", source)}">\n{inert(text)}\n</data>'


def _shown(char: str) -> str:
    if char in "\n\t" or not unseen(char):
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    number = ord(char)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
