"""Why a place is as it is."""

from typing import Literal

from memcoder.records.base import Record
from memcoder.records.commits import ChangeKind
from memcoder.records.memories import Memory
from memcoder.records.recalled import Place

Did = Literal["introduced", "changed", "moved", "renamed", "reverted", "removed", "restored"]
"""What a commit did to a place."""


class WhyStep(Record):
    """One commit of a place's past."""

    sha: str
    time: int
    author: str
    subject: str
    """First line of the message, cut at 200 characters."""
    body: str = ""
    """First paragraph of the rest, cut at 300."""
    did: Did
    """What it did to the place. `moved`: the lines stood elsewhere before; `reverted`: it took another commit back."""
    path: str
    """Where the place was in this commit."""
    old_path: str | None = None
    """Where it was before, or, of an introduction, what it was copied from."""
    added: int = 0
    """Lines of the place; likewise `deleted`."""
    deleted: int = 0
    standing: int | None = None
    """Lines of the place today that blame gives to it, whitespace ignored; None: not asked."""
    kind: ChangeKind = "other"
    issues: tuple[str, ...] = ()
    """Issues and pull requests that the message names."""
    problem: str | None = None
    """Like `root_cause` and `solution`: from the commit's memory, where it is distilled."""
    root_cause: str | None = None
    solution: str | None = None


class TakenBack(Record):
    """A commit that touched the place, and the later one that reverted it."""

    sha: str
    subject: str
    by: str
    by_subject: str
    again: str | None = None
    """The commit that reverted the revert."""


class Together(Record):
    """A file that changes when the place does."""

    path: str
    times: int
    of: int
    """Commits that touched the place, without those of more than 50 files."""
    commits: tuple[str, ...]
    """The commits that were counted, newest first."""


class Origin(Record):
    """Lines of the place that were first written elsewhere, by blame."""

    sha: str
    path: str
    lines: int


class Why(Record):
    """Why a place is as it is, as of one commit; everything said cites the commit that says it."""

    place: Place
    as_of: str
    steps: tuple[WhyStep, ...] = ()
    """Newest first; the introducing commit last."""
    total: int = 0
    """Commits found; `steps` holds the newest and the first of them."""
    introduced: str | None = None
    """The commit that introduced the place; None where a limit came before it."""
    reverted: tuple[TakenBack, ...] = ()
    together: tuple[Together, ...] = ()
    tests: tuple[Together, ...] = ()
    """As `together`, for test files."""
    elsewhere: tuple[Origin, ...] = ()
    fixes: tuple[Memory, ...] = ()
    """Accepted fixes that changed this file, or this function, on an ancestor of `as_of`."""
    summary: tuple[str, ...] = ()
    """A model's sentences, each with the commits that it cites."""
    complete: bool = True
    notes: tuple[str, ...] = ()
    """What was missing or cut off."""
