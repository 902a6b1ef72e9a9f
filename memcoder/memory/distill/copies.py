"""Commits that are one change: cherry-picks and backports, which are distilled once."""

import hashlib
import re
from collections import defaultdict

from memcoder.history.commits import PATCH_LIMIT
from memcoder.memory.distill.excerpt import changed_lines
from memcoder.records import Memory

MARKS = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*|backport(?:ed)?\b[^:]{0,60}:\s*|backport pr #\d+:?\s*)+|\s*\(#\d+\)", re.I
)
"""What a backport writes before the subject, and what a merge button writes after it."""
FEWEST_WORDS = 4
"""Shorter subjects, such as "Fix tests", are those of many changes."""
ALIKE = 0.5
"""Share of changed lines that two backports of one subject have in common; conflicts change some."""


def copy_keys(memory: Memory) -> tuple[str, ...]:
    """What copies of a memory's commit share at least one of: a hash of its changed lines, and its subject with its
    files."""
    keys = []
    if memory.change.patch and len(memory.change.patch) < PATCH_LIMIT and (lines := changed_lines(memory.change.patch)):
        keys.append(_hash("patch", *lines))
    subject = normal_subject(memory)
    if len(subject.split()) >= FEWEST_WORDS and memory.change.files:
        keys.append(_hash("subject", subject, *sorted(file.path for file in memory.change.files)))
    return tuple(keys)


def is_copy(one: Memory, other: Memory) -> bool:
    """Whether two memories are of one change."""
    shared = set(copy_keys(one)) & set(copy_keys(other))
    if not shared or one.id == other.id:
        return False
    first, second = set(changed_lines(one.change.patch)), set(changed_lines(other.change.patch))
    return len(first & second) >= ALIKE * len(first | second)


def normal_subject(memory: Memory) -> str:
    """The subject without what backporting adds, in lower case."""
    return " ".join(MARKS.sub("", memory.subject).lower().split())


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Copies:
    """Memories that others may turn out to be copies of."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[Memory]] = defaultdict(list)

    def add(self, memory: Memory) -> None:
        """Remember one."""
        for key in copy_keys(memory):
            self._by_key[key].append(memory)

    def twin(self, memory: Memory) -> Memory | None:
        """The first one remembered that is of the same change."""
        near = (other for key in copy_keys(memory) for other in self._by_key.get(key, ()))
        return next((other for other in near if is_copy(other, memory)), None)
