"""The evaluation's guard: what would give the answer away is hidden, and a recall that shows it all the same stops.

The cut by ancestors keeps the future out. In an evaluation three things more must not be seen: commits that name the
issue or its pull request, near-duplicates of the issue's text, and the fix itself under another hash.
"""

from dataclasses import dataclass, field

import numpy as np

from memcoder.errors import FaultError
from memcoder.history.messages import parse_message
from memcoder.memory.index import Mask, MemoryIndex
from memcoder.memory.query import Query
from memcoder.memory.store import MemoryStore, changed_text
from memcoder.memory.text import counted
from memcoder.records import Memory

ALIKE = 0.6
"""Share of words in common (Jaccard) at which two texts are near-duplicates."""
SAME = 0.9
"""Share of the fix's changed lines at which a commit is the fix itself."""
SHORTEST = 12
"""Characters of changed lines that say something; a fix of less is not looked for."""
LOOKED_AT = 50
"""Memories nearest by words that are compared with the issue's text, and with the fix."""


@dataclass(frozen=True)
class Guard:
    """What an evaluation must not see."""

    issues: frozenset[str] = field(default_factory=frozenset)
    """Numbers of the issue and its pull request."""
    text: str = ""
    """The issue's text."""
    fix: str = ""
    """The reference's unified diff: compared with, and never told."""

    def forbids(self, memory: Memory) -> str:
        """Why a memory must not be seen; empty where it may."""
        message = parse_message(memory.message)
        named = {str(number) for number in (*message.references, *message.closes, message.pull_request)}
        if self.issues & named:
            return "names the issue or its pull request"
        if self.text and alike(memory.message, self.text):
            return "is a near-duplicate of the issue's text"
        return "is the fix itself" if self.fix and holds_change(memory.change.patch, self.fix) else ""

    def hide(self, store: MemoryStore, index: MemoryIndex, seen: Mask) -> Mask:
        """What may be seen, without what is forbidden."""
        suspects = _naming(store, index, self.issues) | _like(store, index, seen, "message", self.text)
        suspects |= _like(store, index, seen, "diff", changed_text(self.fix))
        hidden = seen.copy()
        for number in np.flatnonzero(suspects & seen).tolist():
            memory = store.get(index.ids[number])
            if memory is not None and self.forbids(memory):
                hidden[number] = False
        return hidden

    def check(self, memory: Memory) -> None:
        """Raises FaultError for a memory that must not be shown."""
        if reason := self.forbids(memory):
            raise FaultError(f"memory {memory.id} {reason}", "the evaluation is not valid; please report this")


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same in nearly the same words; short ones only where they are equal."""
    words, others = set(counted(one.lower())), set(counted(other.lower()))
    return bool(words) and len(words & others) >= ALIKE * len(words | others)


def holds_change(patch: str, fix: str) -> bool:
    """Whether a patch makes nearly all of a fix's changes; white space does not count."""
    wanted = _changes(fix)
    if sum(len(line) - 1 for line in wanted) < SHORTEST:
        return False
    return len(wanted & _changes(patch)) >= SAME * len(wanted)


def _changes(patch: str) -> frozenset[str]:
    """The added and deleted lines of a unified diff with their signs."""
    lines = (line for line in patch.split("\n") if line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- "))
    return frozenset(line for line in ("".join(line.split()) for line in lines) if len(line) > 1)


def _naming(store: MemoryStore, index: MemoryIndex, issues: frozenset[str]) -> Mask:
    """Memories whose messages hold one of the numbers as a word."""
    found = np.zeros(index.size, np.bool_)
    known = store.vocabulary.known(issues)
    found[index.fields["message"].select(dict.fromkeys(known.values(), 1.0)).documents] = True
    return found


def _like(store: MemoryStore, index: MemoryIndex, seen: Mask, field: str, text: str) -> Mask:
    """The memories nearest to a text by the words of a field."""
    found = np.zeros(index.size, np.bool_)
    if not text:
        return found
    postings = index.fields[field]
    terms = store.vocabulary.numbered(Query(text).weights)
    scores = postings.select(terms).bm25(np.where(seen, postings.lengths, 0.0)).scores
    found[np.argsort(-scores, kind="stable")[:LOOKED_AT]] = True
    return found
