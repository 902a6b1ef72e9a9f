"""Lines as Python, git and editors count them: ended by \\n, \\r\\n or \\r, and by nothing else.

`str.splitlines` also breaks at form feeds and the like, after which every number would be off.
"""

import re

END = re.compile(r"\r\n|\r|\n")


def split_lines(source: str) -> list[str]:
    """The lines, without their ends."""
    lines = END.split(source)
    return lines[:-1] if not lines[-1] else lines


def join_lines(lines: list[str], like: str) -> str:
    """The lines with the first line end of `like`, and one after the last line where `like` has it."""
    found = END.search(like)
    end = found[0] if found else "\n"
    return end.join(lines) + (end if like.endswith(("\n", "\r")) else "")
