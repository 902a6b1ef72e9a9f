"""What a memory says, as facts that can be asked about: places, tests, lines and causes, read from message and diff.

Everything is drawn from the record alone, so that it can be drawn again and compared: what no signed memory says is
in no curriculum. The words are those of others, and stay data: they stand in a question or an answer, nowhere else.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from memcoder.history.kinds import is_test_path
from memcoder.records import FileChange, Memory, Record
from memcoder.wording import first_line, visible

Relation = Literal["file", "function", "test", "cause", "line", "next", "principle"]
TEXT_LIMIT = 200
"""Characters of an issue's first line, or of a lesson."""
LINE_LIMIT = 160
LEAST_LINE = 6
"""Characters of a changed line that say anything."""
BRANCHES = 2
"""Failed attempts that a fix is set against."""


class Fact(Record):
    """One thing that a memory says."""

    relation: Relation
    memory: str
    issue: str = ""
    """The issue's first line, or what stands for it."""
    about: str = ""
    """The place that the question names."""
    answer: str
    rejected: str = ""
    """What failed, or was replaced."""


def facts_of(memory: Memory, failed: Sequence[str] = ()) -> tuple[Fact, ...]:
    """What a memory says. `failed` are the diffs of attempts at the same issue that failed, of `fix` memories."""
    made = _lesson(memory) if memory.kind in ("lesson", "guardrail") else _change(memory, failed)
    return tuple(dict.fromkeys(fact for fact in made if fact.answer))


def main_file(memory: Memory) -> FileChange | None:
    """The file of product code that a change is mostly about."""
    files = [file for file in memory.change.files if not is_test_path(file.path)]
    return max(files, key=lambda file: (file.added + file.deleted, file.path), default=None)


def _change(memory: Memory, failed: Sequence[str]) -> Iterator[Fact]:
    file = main_file(memory)
    issue = _line(memory.subject)
    if file is None or not issue:
        return
    path, symbol = visible(file.path), visible(next(iter(file.symbols), ""))
    test = visible(next((one.path for one in memory.change.files if is_test_path(one.path)), ""))
    place = f"{symbol} in {path}" if symbol else path
    known = {"memory": memory.id, "issue": issue}
    yield Fact(relation="file", answer=path, **known)
    yield Fact(relation="function", answer=symbol, **known)
    yield Fact(relation="test", answer=test, about=path, **known)
    yield Fact(relation="cause", memory=memory.id, about=place, answer=issue)
    yield Fact(relation="next", answer=symbol, about=path, **known)
    removed, added = changed_text(memory.change.patch, file.path)
    if added:
        yield Fact(relation="line", answer=added, about=place, rejected=removed, **known)
        others = [changed_text(diff, file.path)[1] for diff in failed]
        for other in [one for one in dict.fromkeys(others) if one and one != added][:BRANCHES]:
            yield Fact(relation="line", answer=added, about=place, rejected=other, **known)


def _lesson(memory: Memory) -> Iterator[Fact]:
    text = _line(memory.subject)
    for file in memory.change.files[:1]:
        symbol = visible(next(iter(file.symbols), ""))
        place = f"{symbol} in {visible(file.path)}" if symbol else visible(file.path)
        yield Fact(relation="principle", memory=memory.id, about=place, answer=text)


def changed_text(diff: str, path: str) -> tuple[str, str]:
    """The first line that a diff takes out of a file, and the first that it puts in; empty where there is none."""
    removed = added = ""
    inside = hunk = False
    for line in diff.splitlines():
        if line.startswith("diff --git "):
            inside, hunk = line.endswith(f" b/{path}"), False
        elif line.startswith("@@"):
            hunk = True
        elif inside and hunk and line.startswith("-") and not removed:
            removed = _telling(line[1:])
        elif inside and hunk and line.startswith("+") and not added:
            added = _telling(line[1:])
    return removed, added


def _telling(line: str) -> str:
    text = visible(line.strip())
    return text if LEAST_LINE <= len(text) <= LINE_LIMIT else ""


def _line(text: str) -> str:
    return visible(first_line(text, TEXT_LIMIT))
