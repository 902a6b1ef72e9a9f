"""The answer to a query: memories and places, each with its evidence."""

from memcoder.records.base import Record
from memcoder.records.memories import Memory


class Evidence(Record):
    """Why something was recalled: which ranker, how strongly, in words."""

    ranker: str
    score: float
    detail: str = ""


class RecalledMemory(Record):
    """A memory with its fused score."""

    memory: Memory
    score: float
    evidence: tuple[Evidence, ...] = ()


class Place(Record):
    """A file, or a symbol in a file, that recalled evidence points at."""

    path: str
    symbol: str | None = None
    start: int = 0
    """First line, from 1; 0 where the place is the whole file."""
    end: int = 0
    """Last line, inclusive."""
    score: float = 0.0
    evidence: tuple[Evidence, ...] = ()


class Recall(Record):
    """The answer to one query, as of one commit."""

    query: str
    as_of: str
    memories: tuple[RecalledMemory, ...] = ()
    files: tuple[Place, ...] = ()
    symbols: tuple[Place, ...] = ()
    policies: tuple[Memory, ...] = ()
    """Conventions and guidelines that hold for the files found, the surest first."""
    complete: bool = True
    notes: tuple[str, ...] = ()
    """What was missing, e.g. that vectors are not built yet."""
