"""What is remembered, where it comes from, and how far it may be believed."""

from typing import Literal

from memcoder.records.base import Record
from memcoder.records.commits import Change, ChangeKind

Kind = Literal["commit", "fix", "lesson", "guardrail", "skill", "policy"]
Trust = Literal["history", "accepted", "imported", "quarantined"]
Relation = Literal[
    "reverts", "reverted_by", "cherry_picked_from", "follows_up", "cites", "supersedes", "distilled_from"
]


class Provenance(Record):
    """Where a memory comes from."""

    repository: str
    """Key of the repository: hash of its root commits."""
    commit: str | None = None
    """The commit whose descendants (and itself) may see this memory; None: nobody's ancestor, shown to all."""
    author: str = ""
    time: int = 0
    source: Literal["history", "agent", "human", "import"] = "history"
    run: str | None = None


class Utility(Record):
    """How a memory fared when it was shown; moved by verified outcomes only."""

    shown: int = 0
    used: int = 0
    won: int = 0
    lost: int = 0


class Showing(Record):
    """A memory that a run was shown, and what came of the run."""

    run: str
    memory: str
    commit: str
    """The commit from which on this is known: the run's base commit, or the later one whose tests judged it."""
    used: bool = False
    """Whether the run's patch changes a source file that the memory's change names."""
    won: bool | None = None
    """None: nothing was verified either way."""


class Link(Record):
    """A typed pointer from one memory to another (or to a commit)."""

    relation: Relation
    target: str


class Convention(Record):
    """A custom of a project, counted from its commits (or, where `total` is 0, read from a file of its tree)."""

    rule: str
    """Which custom, e.g. `tests`: changes come with tests. `written` and `tool` are read, all others are counted."""
    area: str = ""
    """Folder it holds in; "" is the whole project."""
    kind: ChangeKind | None = None
    """Kind of change it holds for; None: any."""
    form: str = ""
    """What it looks like, e.g. a template of test paths, a prefix of subjects, the name of a helper."""
    detail: str = ""
    """More of it for a reader, e.g. the median and quartiles of a size."""
    count: int = 0
    """Changes for which it held."""
    total: int = 0
    """Changes it could have held for."""
    first: int = 0
    """Time of the first change for which it held."""
    last: int = 0
    """Time of the last one."""
    rate: float = 1.0
    """Share to expect of the next change, recent practice counting more."""
    weight: float = 1.0
    """0 to 1: how surely and how lately it holds; 0 once it does no more."""
    examples: tuple[str, ...] = ()
    """The newest commits for which it held."""


Topic = Literal["edit", "place", "tried", "together", "helper", "tests", "changelog", "command"]
"""What a lesson is about; docs/memory.md says each in a sentence."""


class Lesson(Record):
    """A principle by what it speaks of: of equal topic, `place` and `about` two say the same, or contradict each other.

    Places are `path:Qualified.name`, a path, or a folder; "" is the whole project.
    """

    topic: Topic
    place: str
    about: str = ""
    """The other place, the kind of edit, the helper, the command."""
    holds: bool = True
    """False: that it did not hold."""
    count: int = 1
    """Occasions on which it was learnt."""
    occasions: tuple[str, ...] = ()
    """Runs or commits that it was drawn from, each counted once; the newest last."""


class Memory(Record):
    """m = (o, c, k, p, r, s) of the MemCoder paper (arXiv 2603.13258), and what makes it safe to use."""

    id: str
    kind: Kind
    message: str
    change: Change = Change()
    keywords: tuple[str, ...] = ()
    problem: str | None = None
    root_cause: str | None = None
    solution: str | None = None
    provenance: Provenance
    trust: Trust = "history"
    utility: Utility = Utility()
    links: tuple[Link, ...] = ()
    retired: str | None = None
    """Why `memory prune` took it out of recall; its trust and its history stay, and `memory restore` brings it back."""
    convention: Convention | None = None
    """Of `policy` memories: what holds, where, and what speaks for it."""
    lesson: Lesson | None = None
    """Of `lesson`, `guardrail` and `skill` memories: what it speaks of, and how often it was learnt."""

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.strip().partition("\n")[0]

    @property
    def distilled(self) -> bool:
        """Whether a model has filled problem, root cause and solution."""
        return self.problem is not None
