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
from memcoder.memory.store import MemoryStore
from memcoder.memory.text import counted
from memcoder.records import Memory

ALIKE = 0.6
"""Share of words in common (Jaccard) at which two texts are near-duplicates."""
LOOKED_AT = 50
"""Memories nearest by words that are compared with the issue's text."""


@dataclass(frozen=True)
class Guard:
    """What an evaluation must not see."""

    issues: frozenset[str] = field(default_factory=frozenset)
    """Numbers of the issue and its pull request."""
    text: str = ""
    """The issue's text."""

    def forbids(self, memory: Memory) -> str:
        """Why a memory must not be seen; empty where it may."""
        message = parse_message(memory.message)
        named = {str(number) for number in (*message.references, *message.closes, message.pull_request)}
        if self.issues & named:
            return "names the issue or its pull request"
        return "is a near-duplicate of the issue's text" if self.text and alike(memory.message, self.text) else ""

    def hide(self, store: MemoryStore, index: MemoryIndex, seen: Mask) -> Mask:
        """What may be seen, without what is forbidden."""
        suspects = _naming(store, index, self.issues) | _like(store, index, seen, self.text)
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


def _naming(store: MemoryStore, index: MemoryIndex, issues: frozenset[str]) -> Mask:
    """Memories whose messages hold one of the numbers as a word."""
    found = np.zeros(index.size, np.bool_)
    known = store.vocabulary.known(issues)
    found[index.fields["message"].select(dict.fromkeys(known.values(), 1.0)).documents] = True
    return found


def _like(store: MemoryStore, index: MemoryIndex, seen: Mask, text: str) -> Mask:
    """The memories nearest to the text by the words of their messages."""
    found = np.zeros(index.size, np.bool_)
    postings = index.fields["message"]
    terms = store.vocabulary.numbered(Query(text).weights)
    scores = postings.select(terms).bm25(np.where(seen, postings.lengths, 0.0)).scores
    found[np.argsort(-scores, kind="stable")[:LOOKED_AT]] = True
    return found
