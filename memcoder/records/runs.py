"""A task, and what became of it."""

from typing import Literal

from pydantic import Field

from memcoder.records.base import Record
from memcoder.records.outcomes import Outcome
from memcoder.records.recalled import Recall
from memcoder.records.verdicts import Patch, Verdict


class Task(Record):
    """What an agent is asked to do."""

    repository: str
    """Path of the repository on this machine."""
    base_commit: str
    issue: str
    test_command: str | None = None
    """Shell command that must succeed once the issue is resolved; None: chosen by verify."""
    test_files: tuple[str, ...] = ()
    """Files the patch must not touch, beyond what verify protects by itself."""


class Usage(Record):
    """What models were paid, in tokens, US dollars and seconds."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    """Of `tokens_in`, those that the provider read from its cache, at a discount."""
    tokens_cache_written: int = 0
    """Of `tokens_in`, those that it wrote to its cache, at a surcharge."""
    cost: float = 0.0
    """As far as it is known; discounts and surcharges are in it."""
    cost_known: bool = True
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.tokens_in + self.tokens_out

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            tokens_cache_written=self.tokens_cache_written + other.tokens_cache_written,
            cost=self.cost + other.cost,
            cost_known=self.cost_known and other.cost_known,
            seconds=self.seconds + other.seconds,
        )


class ChecklistItem(Record):
    """One thing to hold, or to look at, that a model wrote before any change was made."""

    text: str
    path: str = ""
    """The file that it names, where the base commit has it."""
    symbol: str = ""
    """The function or class that it names, by its qualified name, in `path`."""


class Attempt(Record):
    """One step of experience: (state before, action, diagnosis, state after)."""

    number: int
    """From 1, within its candidate."""
    candidate: int = 0
    """Which of a run's candidates made it, from 1; 0 where the run has only one."""
    origin: str
    """What produced the action: `first`, `refine`, `infill`, `vary`, `fit`, `submit`."""
    before: str
    """Diff against the base commit before the action; empty for the base itself."""
    action: str
    """The edit as the model wrote it."""
    diagnosis: str
    """Short: what failed, where; empty when the tests passed."""
    after: str
    """Diff against the base commit after the action; equal to `before` if the edit did not apply."""
    passed: bool = False
    outcome: dict[str, Outcome] = Field(default_factory=dict)
    seconds: float = 0.0


class Delivery(Record):
    """How a verified patch is to be brought home."""

    apply: bool = False
    """Onto the working tree."""
    commit: bool = False
    """As a commit on the branch that is checked out."""
    branch: str | None = None
    """As a commit on a new branch of this name."""
    out: str | None = None
    """Folder that gets patch, record and page, whatever the verdict."""

    @property
    def changes(self) -> bool:
        """Whether the user's repository is to be changed."""
        return self.apply or self.commit or self.branch is not None


class Delivered(Record):
    """What was done to the user's repository, so that it can be taken back."""

    files: tuple[str, ...] = ()
    """Paths that were applied to the working tree, without a commit of them."""
    commit: str | None = None
    """The commit made on the branch that was checked out, which `onto` names."""
    onto: str | None = None
    branch: str | None = None
    """The branch that was made, and its only commit of its own, which `branch_commit` names."""
    branch_commit: str | None = None


class Moment(Record):
    """One line of a run's timeline."""

    seconds: float
    """Of the run's own time, over all its sittings."""
    what: str
    """What was done, in short."""
    outcome: str = ""
    """What came of it, in short."""
    passed: bool = False


class Review(Record):
    """The human's word on a run."""

    decision: Literal["accepted", "rejected"]
    by: str
    time: int
    reason: str = ""
    memory: str | None = None
    """Id of the `fix` memory that an acceptance made."""
    edited: Patch | None = None
    """What was accepted, where that is not what was proposed."""
    commit: str | None = None
    """The commit that brought it into the history, where that was the word."""


class Run(Record):
    """A finished, failed or unfinished solve, as the run store keeps it."""

    id: str
    task: Task
    model: str
    strategy: str
    seed: int
    state: Literal["running", "done", "stopped", "faulted"]
    started: int
    finished: int | None = None
    recall: Recall | None = None
    checklist: tuple[ChecklistItem, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    patch: Patch | None = None
    verdict: Verdict | None = None
    usage: Usage = Usage()
    seconds: float = 0.0
    error: str = ""
    review: "Review | None" = None
    delivered: Delivered | None = None
    """What stands in the user's repository because of this run."""
    timeline: tuple[Moment, ...] = ()
