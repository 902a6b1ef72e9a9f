"""Examining a model: every question once, noted as it is answered, so that a cut costs one question."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from memcoder.errors import LimitError
from memcoder.internalize.curriculum.questions import Question

Progress = Callable[[str, int, int], None]
"""Called as (what, done, total)."""


class Judges(Protocol):
    """What is asked of a model: `Judge`, or what stands for it."""

    def likelihood(self, prompt: str, answers: Sequence[str]) -> list[float]:
        """Mean log-probability a token of each answer."""


class Item(Protocol):
    """An item of the frozen general probe."""

    @property
    def question(self) -> str: ...
    @property
    def answers(self) -> tuple[str, ...]: ...
    @property
    def right(self) -> int: ...


class Ledger:
    """Which questions a model had right, in a file of JSON lines; a torn last line is asked again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = dict(_lines(path))

    def get(self, key: str) -> bool | None:
        """Whether it was right; None where it was not asked yet."""
        return self._known.get(key)

    def note(self, key: str, right: bool) -> None:
        """Keep an answer's mark."""
        self._known[key] = right
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, right]) + "\n")


def examine(
    judge: Judges,
    who: str,
    questions: Sequence[Question],
    ledger: Ledger,
    *,
    until: float | None = None,
    progress: Progress | None = None,
) -> tuple[bool, ...]:
    """Which of the questions the model has right: the right answer is likelier than each wrong one.

    `until` is a time of `time.monotonic`. Raises LimitError when it has passed and a question more was asked, so that
    any sitting gets on; what was asked is kept.
    """
    marks = []
    for at, question in enumerate(questions):
        key = f"{who} {question.key}"
        right = ledger.get(key)
        asked = right is None
        if right is None:
            scores = judge.likelihood(question.prompt, [question.answer, *question.wrong])
            right = all(scores[0] > score for score in scores[1:])
            ledger.note(key, right)
        marks.append(right)
        if progress is not None:
            progress(f"asking {who}", at + 1, len(questions))
        if asked and until is not None and time.monotonic() >= until:
            raise LimitError(f"{at + 1} of {len(questions)} questions were asked", "the same command again goes on")
    return tuple(marks)


def as_questions(items: Iterable[Item]) -> tuple[Question, ...]:
    """Items of the general probe as questions."""
    return tuple(
        Question(
            prompt=item.question,
            answer=item.answers[item.right],
            wrong=tuple(answer for at, answer in enumerate(item.answers) if at != item.right),
        )
        for item in items
    )


def _lines(path: Path) -> Iterable[tuple[str, bool]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            key, right = json.loads(line)
        except ValueError:
            continue
        yield str(key), bool(right)
