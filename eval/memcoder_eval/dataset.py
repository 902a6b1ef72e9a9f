"""Instances in SWE-bench's schema (Jimenez et al., ICLR 2024), and the clones that they are about."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memcoder import MissingError, UsageError
from memcoder_eval.drawing import drawn
from memcoder_eval.stores import clone_at

FIELDS = ("instance_id", "repo", "base_commit", "problem_statement", "patch")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*")
COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""An instance's id; folders are called like it."""
NUMBER = re.compile(r"-(\d+)$")


@dataclass(frozen=True)
class Question:
    """All that recall may know of an instance."""

    id: str
    repo: str
    """`owner/name`."""
    base_commit: str
    text: str
    """The problem statement, and nothing else."""
    issues: frozenset[str] = frozenset()
    """Numbers of issues and pull requests, where the dataset tells them."""

    @property
    def numbers(self) -> frozenset[str]:
        """What recall must not see: those, and the pull request whose number the instance's name ends with."""
        found = NUMBER.search(self.id)
        return self.issues | ({found[1]} if found else set())


@dataclass(frozen=True)
class Instance:
    """A question with its reference patch, which only scoring reads."""

    question: Question
    patch: str
    test_patch: str = ""
    """What the reference brought of tests; empty where the dataset does not say."""
    version: str = ""
    """Of the project, as the dataset names it."""
    row: Mapping[str, Any] = field(default_factory=dict)
    """The whole record, as published. Grading reads it; nothing of it may reach an attempt."""

    @property
    def id(self) -> str:
        return self.question.id

    @property
    def fail_to_pass(self) -> tuple[str, ...]:
        """Tests that the reference mends, by the names of the dataset's log parser."""
        return _names(self.row.get("FAIL_TO_PASS"))

    @property
    def pass_to_pass(self) -> tuple[str, ...]:
        """Tests that pass before and after."""
        return _names(self.row.get("PASS_TO_PASS"))


def load(
    file: Path, only: str | None = None, first: int | None = None, sample: int | None = None, seed: int = 0
) -> list[Instance]:
    """Instances in the order of a JSONL file: those whose ids `only`, a regular expression, finds, the `first` so many
    of them, and of these a `sample` drawn by the seed.

    Raises MissingError where there is no file, UsageError where a line is not in the schema or nothing is left.
    """
    if not file.is_file():
        raise MissingError(f"there is no file {file}", "give a dataset in SWE-bench's schema, one JSON object a line")
    found = [one for one in _read(file) if only is None or _pattern(only).search(one.id)][:first]
    if not found:
        raise UsageError(f"no instance of {file} is chosen", "look at --only, and at the file")
    if len({one.id for one in found}) < len(found):
        raise UsageError(f"{file} names an instance twice", "each instance_id must be there once")
    if sample is None:
        return found
    chosen = set(drawn((one.id for one in found), sample, seed))
    return [one for one in found if one.id in chosen]


def after(instances: Iterable[Instance], day: str) -> list[Instance]:
    """Those that were created on a day (YYYY-MM-DD, in UTC) or later: what a model of that age cannot have seen.

    Raises UsageError for another form, and where an instance does not say when it was created.
    """
    since = _moment(day, "--after")
    return [one for one in instances if _moment(one.row.get("created_at"), f"created_at of {one.id}") >= since]


def _moment(text: object, what: str) -> datetime:
    """A day or a moment of ISO 8601; UTC where it does not say otherwise."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise UsageError(f"{what} is no date: {text!r}", "e.g. 2026-01-31") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _read(file: Path) -> Iterator[Instance]:
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield _instance(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            fields = ", ".join(FIELDS)
            raise UsageError(f"{file}, line {number}: not an instance ({error})", f"it needs {fields}") from error


def _instance(row: dict[str, Any]) -> Instance:
    name, repo, commit, text, patch = (row[field] for field in FIELDS)
    if not all(isinstance(value, str) for value in (name, repo, commit, text, patch)):
        raise ValueError("a field is no string")
    if not REPOSITORY.fullmatch(repo) or not COMMIT.fullmatch(commit):
        raise ValueError("repo must be owner/name, base_commit a full hash")
    if not NAME.fullmatch(name):
        raise ValueError("instance_id must be one word of letters, digits, '.', '_' and '-'")
    tests, version = row.get("test_patch", ""), row.get("version", "")
    if not isinstance(tests, str) or not isinstance(version, str):
        raise ValueError("test_patch or version is no string")
    issues = frozenset(str(int(number)) for number in row.get("issue_numbers") or ())
    return Instance(Question(name, repo, commit, text, issues), patch, tests, version, row)


def _names(value: object) -> tuple[str, ...]:
    """Published files hold a list, or its JSON in a string."""
    listed = json.loads(value) if isinstance(value, str) else value
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"--only {text!r} is no regular expression: {error}", "e.g. '^django__'") from error


def clone_of(folder: Path, repo: str) -> Path | None:
    """Where the clone of `owner/name` lies, ordinary or bare; None where it is missing."""
    return clone_at(folder, repo.replace("/", "__"))
