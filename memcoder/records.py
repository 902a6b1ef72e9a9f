"""The nouns that pass between rooms: typed, frozen, serialisable.

Times are Unix seconds (UTC), paths are relative to the repository's root with forward slashes,
diffs are unified diffs as git prints them. `model_dump_json` and `model_validate_json` are the
one way in and out; validation fails closed.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["commit", "fix", "lesson", "guardrail", "skill", "policy"]
ChangeKind = Literal[
    "fix", "feature", "refactor", "docs", "tests", "dependency", "format", "release", "merge", "revert", "other"
]
Trust = Literal["history", "accepted", "imported", "quarantined"]
Relation = Literal[
    "reverts", "reverted_by", "cherry_picked_from", "follows_up", "cites", "supersedes", "distilled_from"
]
Did = Literal["introduced", "changed", "moved", "renamed", "reverted", "removed", "restored"]
"""What a commit did to a place."""
Outcome = Literal["passed", "failed", "error", "skipped"]


class Record(BaseModel):
    """Base of all records: immutable, and strict about names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileChange(Record):
    """One file of a commit or patch."""

    path: str
    old_path: str | None = None
    """Where the file was before a rename."""
    status: Literal["added", "modified", "deleted", "renamed"] = "modified"
    added: int = 0
    deleted: int = 0
    symbols: tuple[str, ...] = ()
    """Qualified names of the changed functions and classes, e.g. `Parser.feed`."""


class Commit(Record):
    """A commit as git tells it."""

    sha: str
    parents: tuple[str, ...]
    author: str
    time: int
    message: str
    files: tuple[FileChange, ...] = ()
    patch: str = ""
    """Unified diff against the first parent, cut at `history.PATCH_LIMIT` characters."""


class Change(Record):
    """What a commit or fix did: the `c` of the MemCoder record."""

    files: tuple[FileChange, ...] = ()
    kind: ChangeKind = "other"
    patch: str = ""


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

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.strip().partition("\n")[0]

    @property
    def distilled(self) -> bool:
        """Whether a model has filled problem, root cause and solution."""
        return self.problem is not None


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


class CommandResult(Record):
    """One command in a sandbox."""

    exit_code: int
    """124 where it ran past its time limit."""
    output: str
    """stdout and stderr as they came, cut in the middle past the sandbox's limit."""
    seconds: float
    timed_out: bool = False


class TestRun(Record):
    """A test command's outcome, test by test where the runner tells."""

    __test__ = False  # not a pytest class

    command: str
    exit_code: int
    tests: dict[str, Outcome] = {}
    messages: dict[str, str] = {}
    """What a failing test said, by the same id."""
    file_seconds: dict[str, float] = {}
    """Seconds by test file (Go: by package), where the runner tells."""
    output: str = ""
    seconds: float = 0.0
    timed_out: bool = False

    @property
    def passed(self) -> bool:
        return self.exit_code == 0 and not self.timed_out

    @property
    def failing(self) -> tuple[str, ...]:
        """Ids of the tests that failed or could not run."""
        return tuple(name for name, outcome in self.tests.items() if outcome in ("failed", "error"))


class Comparison(Record):
    """Every test sorted by what happened to it between base and patch."""

    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    unchanged: int = 0


class Finding(Record):
    """One thing that fit looked at in a patch."""

    kind: str
    """A rule of `Convention`, or `format`, `lint`, `layout`, `rewritten`, `repeat`, `public-name`."""
    outcome: Literal["kept", "broken", "not verified"]
    line: str
    """What was found, in one readable line with its evidence."""
    places: tuple[str, ...] = ()
    """Where: `path` or `path:line`, the first of them."""
    count: int = 0
    """Changes for which the custom held, of `total`; both 0 where nothing was counted."""
    total: int = 0
    weight: float = 0.0
    """0 to 1: what it takes away where it is broken."""
    about: Literal["product", "tests"] = "product"
    """Which code it is about. How tests look and where they stand weighs less than that there are some."""


FIRM = 0.3
"""Weight from which on a broken finding is one that a model is asked to mend."""
UNTESTED = 0.1
"""The least that a patch without tests weighs, whatever the project's custom."""
TESTS_AT_MOST = 0.05
"""What all that is said of tests weighs together: less than having none, so that dropping tests never fits better."""


class Fit(Record):
    """Whether a patch looks as if it belonged to its project; evidence for a reader, never against a test."""

    findings: tuple[Finding, ...] = ()

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What is broken, the heaviest first."""
        found = (finding for finding in self.findings if finding.outcome == "broken")
        return tuple(sorted(found, key=lambda finding: -finding.weight))

    @property
    def firm(self) -> tuple[Finding, ...]:
        """What is broken and weighs enough to ask for; less is a custom of little more than every other change."""
        return tuple(finding for finding in self.broken if finding.about == "product" and finding.weight >= FIRM)

    @property
    def kept(self) -> tuple[Finding, ...]:
        """What was checked and holds."""
        return tuple(finding for finding in self.findings if finding.outcome == "kept")

    @property
    def score(self) -> float:
        """1 where nothing is broken, towards 0 with the weight of what is: 1 / (1 + sum of weights).

        Of the sum, what is about tests counts `TESTS_AT_MOST`.
        """
        product = sum(finding.weight for finding in self.broken if finding.about == "product")
        tests = sum(finding.weight for finding in self.broken if finding.about == "tests")
        return round(1 / (1 + product + min(tests, TESTS_AT_MOST)), 4)


class Verdict(Record):
    """A patch is a claim; this is the evidence."""

    status: Literal["verified", "unverified", "failed"]
    """verified: tests that failed before pass now, in a fresh sandbox, and none broke."""
    reasons: tuple[str, ...] = ()
    """Why it is not (or not wholly) verified."""
    verified: tuple[str, ...] = ()
    """What was checked and held."""
    unverified: tuple[str, ...] = ()
    """What nobody checked."""
    before: TestRun | None = None
    after: TestRun | None = None
    comparison: Comparison = Comparison()
    sandbox: str = ""
    chosen: str = ""
    """Of how many candidates the patch was chosen, and why; empty where there was one."""
    fit: Fit | None = None
    """The verdict's second part; None where there is no patch, or nobody looked."""


class Patch(Record):
    """A unified diff against the base commit."""

    diff: str
    files: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.diff.strip()


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
    outcome: dict[str, Outcome] = {}
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


class Review(Record):
    """The human's word on a run."""

    decision: Literal["accepted", "rejected"]
    by: str
    time: int
    reason: str = ""
    memory: str | None = None
    """Id of the `fix` memory that an acceptance made."""
