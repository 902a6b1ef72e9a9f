"""The text that a solver is given: the issue where it is known, else what the commit message says of the problem.

Either is freed of what would give the fix away. A message tells what was done, so more is taken from it: lines that
list a changed file, and paragraphs that quote code of the fix. An issue was written before there was one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from memcoder.errors import MissingError, UsageError
from memcoder.history.messages import Message, parse_message
from memcoder.tasks.candidates import Rejected
from memcoder.tasks.leaks import WORD, Fix, without_fix, without_references

LEAST_WORDS = 4
LEAST_CHARACTERS = 20


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

    `patch` is the fix without its tests, which tell no more than a good report does; `paths` are all that it changes.
    """
    parsed = parse_message(message)
    fix = Fix.of(patch)
    issue = _issue(parsed, issues)
    text = _of_message(parsed, fix, paths) if issue is None else f"{issue.title}\n\n{without_fix(issue.body, fix)}"
    text = without_references(text)
    if len(text) < LEAST_CHARACTERS or len(WORD.findall(text)) < LEAST_WORDS:
        raise Rejected("the message says too little")
    return text


def _issue(message: Message, issues: Mapping[int, Issue]) -> Issue | None:
    """The issue that the commit closes, else one that it names; its own pull request tells the fix and is none."""
    numbers = [number for number in (*message.closes, *message.references) if number != message.pull_request]
    return next((issues[number] for number in numbers if number in issues), None)


def _of_message(message: Message, fix: Fix, paths: tuple[str, ...]) -> str:
    told = [line for line in message.body.split("\n") if not any(path in line for path in paths)]
    text = without_fix("\n".join((message.subject, "", *told)), fix)
    return "\n\n".join(paragraph for paragraph in text.split("\n\n") if not fix.quoted_in(paragraph))
