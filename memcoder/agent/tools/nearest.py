"""Where a file nearly has the lines that a model took for its own: told to it, never edited by guess."""

import difflib

from memcoder.agent.lines import split_lines
from memcoder.agent.tools.text import numbered, shown

ALIKE = 0.6
"""Ratio (0 to 1, difflib) from which on lines are worth a look."""
SIZE_LIMIT = 400_000
"""Characters; larger files are not looked through."""
MOST = 20
"""Lines of the search that are compared."""


def nearest(source: str, search: str) -> str:
    """The lines that are most like the searched ones, with their numbers, as data; empty where none are alike."""
    wanted = [line.strip() for line in split_lines(search) if line.strip()][:MOST]
    if not wanted or len(source) > SIZE_LIMIT:
        return ""
    lines = split_lines(source)
    places = _candidates([line.strip() for line in lines], wanted[0])
    if not places:
        return ""
    size = len(wanted)
    best = max(places, key=lambda at: _alike([line.strip() for line in lines[at : at + size]], wanted))
    text = shown(numbered(lines[best : best + size], best + 1), f"lines {best + 1} to {best + size}", 2000)
    return f"the nearest are these\n{text}"


def _candidates(lines: list[str], first: str) -> list[int]:
    """Lines (from 0) that are like the first one of the search."""
    matcher = difflib.SequenceMatcher(None, b=first, autojunk=False)
    found = []
    for at, line in enumerate(lines):
        matcher.set_seq1(line)
        if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
            found.append(at)
    return found


def _alike(lines: list[str], wanted: list[str]) -> float:
    return difflib.SequenceMatcher(None, "\n".join(lines), "\n".join(wanted), autojunk=False).ratio()
