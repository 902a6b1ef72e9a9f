"""Markdown of ours with words of others in it: those stand in code, where GitHub makes no mention, link or markup."""

import re

from memcoder import unseen

LINE = 300
BLOCK = 20_000
REFERENCE = re.compile(r"(?<![\w&])(?:#|GH-)(?=\d)", re.IGNORECASE)
ADDRESS = re.compile(r"\b(?:https?|ftp)://|\bwww\.", re.IGNORECASE)
LOGIN = re.compile(r"[A-Za-z0-9-]{1,39}(?:\[bot\])?")


def code(text: str, most: int = LINE) -> str:
    """One line of others' words as a code span."""
    line = _cut(" ".join(visible(text).split()), most)
    ticks = "`" * (_longest(line) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{room}{line}{room}{ticks}" if line else "(empty)"


def block(text: str, language: str = "", most: int = BLOCK) -> str:
    """Lines of others as a code block."""
    lines = _cut(visible(text).strip("\n"), most)
    fence = "`" * max(3, _longest(lines) + 1)
    return f"{fence}{language}\n{lines}\n{fence}"


def bare(text: str, most: int = 200) -> str:
    """One line for where there is no Markdown, such as a title or a commit's subject: it mentions nobody, and refers
    to no issue, which a merge would close."""
    line = " ".join(visible(text).split())
    line = ADDRESS.sub("", REFERENCE.sub("", line)).replace("@", "(at)")
    return _cut(line, most)


def whole_lines(text: str, most: int = 65_000) -> str:
    """At most so many characters, which is what GitHub takes: whole lines, so that no code span is left open."""
    if len(text) <= most:
        return text
    return text[: text.rfind("\n", 0, most - 40) + 1] + "\n[the rest is in the run's page]"


def visible(text: str) -> str:
    """The text with what nobody sees written out as code points."""
    text = text.replace("\r\n", "\n")
    return "".join(char if char in "\n\t" or not unseen(char) else _named(char) for char in text)


def _named(char: str) -> str:
    return " " if char.isspace() else f"\\u{{{ord(char):x}}}"


def _longest(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
