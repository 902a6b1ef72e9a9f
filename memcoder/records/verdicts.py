"""A patch, whether it fits, and what is to be said of it."""

from typing import Literal

from memcoder.records.base import Record
from memcoder.records.outcomes import Comparison, TestRun

FIRM = 0.3
"""Weight from which on a broken finding is one that a model is asked to mend."""
UNTESTED = 0.1
"""The least that a patch without tests weighs, whatever the project's custom."""
TESTS_AT_MOST = 0.05
"""What all that is said of tests weighs together: less than having none, so that dropping tests never fits better."""


class Patch(Record):
    """A unified diff against the base commit."""

    diff: str
    files: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.diff.strip()


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
