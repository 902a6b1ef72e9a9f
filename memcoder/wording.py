"""Words of others in a line of ours: the first line, the first few of many, and nothing that a terminal would obey."""

import re
from collections.abc import Sequence

LISTED = 3
INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Unicode calls printable and no reader sees; the unprintable ones Python knows."""


def first_line(text: str, most: int | None = None) -> str:
    """The first line, of at most so many characters: text of others must not look like a line of ours."""
    first = text.strip().partition("\n")[0].strip()
    return first if most is None or len(first) <= most else first[: most - 2].rstrip() + " …"


def title_of(issue: str) -> str:
    """The first line of an issue that says something, without a heading's marks; empty where none does."""
    return next((line.strip("# ").strip() for line in issue.splitlines() if line.strip("# ")), "")


def listed(names: Sequence[str], most: int = LISTED) -> str:
    """The first few, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def visible(text: str) -> str:
    """Control characters and marks that turn the writing direction, shown as such: they could hide what a line says.

    Line feeds and tabs stay.
    """
    return "".join(char if char in "\n\t" or char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def unseen(char: str) -> bool:
    """Whether a reader would not see a character: a control, a mark of direction, or one of no width."""
    return not char.isprintable() or INVISIBLE.match(char) is not None
