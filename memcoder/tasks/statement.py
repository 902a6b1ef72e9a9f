"""The text that a solver is given: the issue where it is known, else what the commit message says of the problem.

Either is freed of what would give the fix away: lines of the patch, diffs, the paths that a message lists as changed,
and the names of commits, issues and pull requests under which it could be looked up.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from memcoder.errors import MissingError, UsageError
from memcoder.history.messages import HASH, LINKED, REFERENCE, Message, parse_message
from memcoder.tasks.candidates import Rejected, is_code

LEAST_WORDS = 4
LEAST_CHARACTERS = 20
LINE = 8
"""Characters from which on a line that equals one of the patch is taken for it."""
PART = 16
"""Characters from which on a line that contains one of the patch is taken for it."""
WORD = re.compile(r"[^\W\d_]{2,}")
CLOSES = re.compile(
    r"\(?\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|see|refs?|issue|ticket|pr|gh|pull request)\b[ \t:]{0,4}"
    r"(?:(?:#|[Gg][Hh]-)\d{1,9}(?:[ \t]{0,4}(?:,|and|&)[ \t]{0,4})?){1,20}\)?",
    re.I,
)
"""`Fixes #12`, `(closes #12, #13)`."""
NUMBERED = re.compile(r"\(?\b(?:issue|ticket|bug|pr)[ \t]?\d{1,9}\b\)?", re.I)
"""`(issue601)`, as projects without a link write it."""
LEFT = re.compile(r"\([\s,;&]*\)|\[[\s,;&]*\]|\A\s*(?:--?|:)\s+")
"""Brackets that hold nothing any more, and what parted a number from the text."""
TRAILING = re.compile(r"^[\w-]{1,40}-by:\s.*<\S+@\S+>\s*$", re.I | re.M)
"""A trailer that stands among other lines."""
FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1[ \t]*$", re.M | re.S)
DIFF = re.compile(r"^(?:diff --git |index [0-9a-f]+\.\.|--- [ab]/|\+\+\+ [ab]/|@@ -\d)", re.M)
MARKS = " \t>*-+`"
"""What may stand about a quoted line."""


@dataclass(frozen=True)
class Issue:
    """An issue as its tracker has it."""

    number: int
    title: str
    body: str = ""


def load_issues(file: Path) -> dict[int, Issue]:
    """Issues by number, of a JSONL file with `number`, `title` and `body`.

    Raises MissingError where there is no file, UsageError for a line that is no issue.
    """
    if not file.is_file():
        raise MissingError(f"there is no file {file}", "give issues, one JSON object a line: number, title, body")
    found: dict[int, Issue] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        try:
            row = json.loads(line) if line.strip() else None
            if row is not None:
                found[int(row["number"])] = Issue(int(row["number"]), str(row["title"]), str(row.get("body") or ""))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{file}, line {number}: not an issue ({error})", "it needs number and title") from error
    return found


def statement(message: str, patch: str, paths: tuple[str, ...], issues: Mapping[int, Issue]) -> str:
    """The problem in the words of its issue, else of the commit message. Raises Rejected where little is said.

    `patch` is the fix, and `paths` are the files that it changes.
    """
    parsed = parse_message(message)
    lines = added_lines(patch)
    issue = _issue(parsed, issues)
    if issue is not None:
        text = f"{issue.title}\n\n{_without_patch(issue.body, lines)}"
    else:
        told = [line for line in parsed.body.split("\n") if not any(path in line for path in paths)]
        text = _without_patch("\n".join((parsed.subject, "", *told)), lines)
    text = without_references(text)
    if len(text) < LEAST_CHARACTERS or len(WORD.findall(text)) < LEAST_WORDS:
        raise Rejected("the message says too little")
    return text


def without_references(text: str) -> str:
    """A text without trailers, hashes, and numbers of issues and pull requests."""
    for pattern in (TRAILING, CLOSES, LINKED, REFERENCE, NUMBERED):
        text = pattern.sub("", text)
    text = LEFT.sub("", HASH.sub("", text))
    lines = [re.sub(r"(?<=\S)[ \t]{2,}", " ", line).rstrip() for line in text.strip().split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def added_lines(patch: str) -> frozenset[str]:
    """The lines of code that a patch adds, without indentation; those too short to tell anything are left out.

    A line of a changelog may be that of the message, so documents do not count.
    """
    found: set[str] = set()
    code = False
    for line in patch.split("\n"):
        if line.startswith("+++ "):
            code = is_code(line.strip('"'))
        elif code and line.startswith("+"):
            found.add(line[1:].strip())
    return frozenset(line for line in found if len(line) >= LINE and WORD.search(line))


def _issue(message: Message, issues: Mapping[int, Issue]) -> Issue | None:
    """The issue that the commit closes, else one that it names; its own pull request tells the fix and is none."""
    numbers = [number for number in (*message.closes, *message.references) if number != message.pull_request]
    return next((issues[number] for number in numbers if number in issues), None)


def _without_patch(text: str, lines: frozenset[str]) -> str:
    """A text without code blocks that are a diff or hold a line of the patch, and without such lines elsewhere."""
    text = FENCE.sub(lambda block: "" if DIFF.search(block[0]) or _shows(block[0], lines) else block[0], text)
    if DIFF.search(text):
        text = "\n".join(line for line in text.split("\n") if not DIFF.match(line))
    return "\n".join(line for line in text.split("\n") if not _is_of(line, lines))


def _shows(block: str, lines: frozenset[str]) -> bool:
    return any(_is_of(line, lines) for line in block.split("\n"))


def _is_of(line: str, lines: frozenset[str]) -> bool:
    return line.strip(MARKS) in lines or line.strip() in lines or any(len(one) >= PART and one in line for one in lines)
