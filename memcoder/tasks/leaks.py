"""What a text must not tell of a fix: lines of its patch, code that it brings, and names to look it up by."""

import re
from dataclasses import dataclass

from memcoder.history.messages import HASH, LINKED, REFERENCE
from memcoder.tasks.candidates import is_code

LINE = 8
"""Characters from which on a line that equals one of the patch is taken for it."""
PART = 16
"""Characters from which on a line that contains one of the patch is taken for it."""
WORD = re.compile(r"[^\W\d_]{2,}")
SPAN = re.compile(r"(`{1,2})([^`\n]{4,})\1")
FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1[ \t]*$", re.M | re.S)
DIFF = re.compile(r"^(?:diff --git |index [0-9a-f]+\.\.|--- [ab]/|\+\+\+ [ab]/|@@ -\d)", re.M)
MARKS = " \t>*-+`"
"""What may stand about a quoted line."""
CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|see|refs?|issue|ticket|pr|gh|pull request)\b[ \t:]{0,4}"
    r"(?:(?:#|[Gg][Hh]-)\d{1,9}(?:[ \t]{0,4}(?:,|and|&)[ \t]{0,4})?){1,20}",
    re.I,
)
"""`Fixes #12`, `closes #12, #13`."""
NUMBERED = re.compile(r"\b(?:issue|ticket|bug|pr)[ \t]?\d{1,9}\b", re.I)
"""`issue601`, as projects without a link write it."""
GONE = "\0"
"""Stands where something was."""
LEFT = re.compile(rf"[(\[][\s,;&]*{GONE}[\s,;&{GONE}]*[)\]]|\A\s*{GONE}\s*(?:--?|:)\s+|{GONE}")
"""What was taken out, with the brackets that held nothing else, and what parted it from the text."""
RULE = re.compile(r"\n[-=*_]{3,}\Z")
"""What parted the trailers from the text."""
TRAILING = re.compile(r"^(?:[\w-]{1,40}-by:\s.*<\S+@\S+>|\(?cherry[ -]picked from .*)\s*$", re.I | re.M)
"""A trailer that stands among other lines."""


@dataclass(frozen=True)
class Fix:
    """The code of a patch; a line of its changelog may well be that of the message, so documents do not count."""

    added: str
    before: str
    """What was there: lines that are removed, and those about them."""
    lines: frozenset[str]
    """Those of `added` without indentation, where they are long enough to tell anything."""

    @classmethod
    def of(cls, patch: str) -> "Fix":
        """The fix that a unified diff makes."""
        added: list[str] = []
        before: list[str] = []
        code = False
        for line in patch.split("\n"):
            if line.startswith("+++ "):
                code = is_code(line.strip('"'))
            elif code and line.startswith("+"):
                added.append(line[1:].strip())
            elif code and line[:1] in ("-", " "):
                before.append(line[1:].strip())
        lines = frozenset(line for line in added if len(line) >= LINE and WORD.search(line))
        return cls("\n".join(added), "\n".join(before), lines)

    def shown_in(self, line: str) -> bool:
        """Whether a line of text is, or holds, a line of the fix."""
        bare = line.strip(MARKS)
        return bare in self.lines or any(len(one) >= PART and one in line for one in self.lines)

    def quoted_in(self, text: str) -> bool:
        """Whether a text quotes code, more than a name, that only the fix has."""
        spans = (match[2].strip() for match in SPAN.finditer(text))
        return any(re.search(r"\W", span) and span in self.added and span not in self.before for span in spans)


def without_fix(text: str, fix: Fix) -> str:
    """A text without code blocks that are a diff or hold a line of the fix, and without such lines elsewhere."""
    text = FENCE.sub(lambda block: "" if DIFF.search(block[0]) or _shows(block[0], fix) else block[0], text)
    return "\n".join(line for line in text.split("\n") if not DIFF.match(line) and not fix.shown_in(line))


def without_references(text: str) -> str:
    """A text without trailers, hashes, and numbers of issues and pull requests."""
    lines = (_without_references(line) for line in TRAILING.sub("", text).split("\n"))
    kept = "\n".join(line for line in lines if line is not None)
    return RULE.sub("", re.sub(r"\n{3,}", "\n\n", kept).strip()).strip()


def _without_references(line: str) -> str | None:
    """A line without references; None where it was little else."""
    bare = line.replace(GONE, "")
    for pattern in (CLOSES, LINKED, REFERENCE, NUMBERED, HASH):
        bare = pattern.sub(GONE, bare)
    if GONE not in bare:
        return line.rstrip()
    bare = re.sub(r"(?<=\S)[ \t]+(?=[ \t]|[.,;:](?:\s|$))", "", LEFT.sub("", bare)).rstrip()
    return bare if len(WORD.findall(bare)) > 1 else None


def _shows(block: str, fix: Fix) -> bool:
    return any(fix.shown_in(line) for line in block.split("\n"))
