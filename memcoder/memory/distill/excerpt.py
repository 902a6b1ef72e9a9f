"""The most telling part of a diff: a small model reads slowly, and most of a diff says little."""

import math
import re
from dataclasses import dataclass

from memcoder.history.kinds import is_test_path
from memcoder.records import Memory

DIFF_LIMIT = 1_500
"""Characters of a diff that are shown; about 450 tokens."""
HUNK_LIMIT = 700
LINE_LIMIT = 160
WORD = re.compile(r"[^\W\d_]{4,}")
DOCUMENTS = (".md", ".rst", ".txt", ".adoc", ".po", ".lock", ".json", ".svg")


@dataclass(frozen=True)
class Hunk:
    """One hunk of a diff: its file, its place in the diff, and its lines with their signs."""

    path: str
    number: int
    lines: tuple[str, ...]

    @property
    def changed(self) -> list[str]:
        """The lines that were added or deleted."""
        return [line for line in self.lines[1:] if line[:1] in ("+", "-")]


def telling_diff(memory: Memory, limit: int = DIFF_LIMIT) -> str:
    """The hunks that tell most, in the diff's order: product code first, what shares words with the message first."""
    said = set(WORD.findall(memory.message.lower()))
    chosen: list[tuple[Hunk, str]] = []
    left = limit
    for hunk in sorted(hunks(memory.change.patch), key=lambda hunk: (-_telling(hunk, said), hunk.number)):
        text = _short(hunk)
        if len(text) + len(hunk.path) < left:
            chosen.append((hunk, text))
            left -= len(text) + len(hunk.path) + 2
    parts, path = [], ""
    for hunk, text in sorted(chosen, key=lambda pair: pair[0].number):
        parts.append(text if hunk.path == path else f"{hunk.path}\n{text}")
        path = hunk.path
    return "\n".join(parts)


def hunks(patch: str) -> list[Hunk]:
    """The hunks of a unified diff as git prints it; binary files and bare renames have none."""
    found: list[Hunk] = []
    path = ""
    lines: list[str] = []
    for line in [*patch.split("\n"), "diff --git "]:
        starts_file, starts_hunk = line.startswith("diff --git "), line.startswith("@@ ")
        if (starts_file or starts_hunk) and lines:
            found.append(Hunk(path, len(found), tuple(lines)))
            lines = []
        if starts_file:
            path = line.rpartition(" b/")[2]
        elif starts_hunk or lines:
            lines.append(line)
    return found


def changed_lines(patch: str) -> list[str]:
    """Added and deleted lines with their signs, without the space around them; what cherry-picks have in common."""
    return [line[0] + line[1:].strip() for hunk in hunks(patch) for line in hunk.changed if line[1:].strip()]


def _telling(hunk: Hunk, said: set[str]) -> float:
    area = 0.3 if hunk.path.lower().endswith(DOCUMENTS) else 1.0 if is_test_path(hunk.path) else 3.0
    changed = hunk.changed
    shared = said & set(WORD.findall(" ".join((hunk.lines[0], *changed)).lower()))
    return area * (1 + min(len(shared), 5)) * math.sqrt(min(len(changed), 10))


def _short(hunk: Hunk) -> str:
    """The hunk's heading, its changed lines and one line around each, cut where it is long."""
    body = hunk.lines[1:]
    near = {at + step for at, line in enumerate(body) if line[:1] in ("+", "-") for step in (-1, 0, 1)}
    kept = [line[:LINE_LIMIT] for at, line in enumerate(body) if at in near and not line.startswith("\\")]
    heading = "@@ " + hunk.lines[0].rpartition("@@")[2].strip()
    text = "\n".join([heading[:LINE_LIMIT], *kept])
    return text if len(text) <= HUNK_LIMIT else text[:HUNK_LIMIT].rpartition("\n")[0] + "\n[...]"
