"""The nouns that pass between rooms: typed, frozen, serialisable.

Times are Unix seconds (UTC), paths are relative to the repository's root with forward slashes,
diffs are unified diffs as git prints them. `model_dump_json` and `model_validate_json` are the
one way in and out; validation fails closed.
"""

from memcoder.records.adapters import Adapter
from memcoder.records.base import Record
from memcoder.records.commits import Change, ChangeKind, Commit, FileChange
from memcoder.records.memories import (
    Convention,
    Kind,
    Lesson,
    Link,
    Memory,
    Provenance,
    Relation,
    Showing,
    Topic,
    Trust,
    Utility,
)
from memcoder.records.outcomes import CommandResult, Comparison, Outcome, TestRun
from memcoder.records.reasons import Did, Origin, TakenBack, Together, Why, WhyStep
from memcoder.records.recalled import Evidence, Place, Recall, RecalledMemory
from memcoder.records.runs import Attempt, ChecklistItem, Delivered, Delivery, Moment, Review, Run, Task, Usage
from memcoder.records.verdicts import FIRM, TESTS_AT_MOST, UNTESTED, Finding, Fit, Patch, Verdict

__all__ = [
    "FIRM",
    "TESTS_AT_MOST",
    "UNTESTED",
    "Adapter",
    "Attempt",
    "Change",
    "ChangeKind",
    "ChecklistItem",
    "CommandResult",
    "Commit",
    "Comparison",
    "Convention",
    "Delivered",
    "Delivery",
    "Did",
    "Evidence",
    "FileChange",
    "Finding",
    "Fit",
    "Kind",
    "Lesson",
    "Link",
    "Memory",
    "Moment",
    "Origin",
    "Outcome",
    "Patch",
    "Place",
    "Provenance",
    "Recall",
    "RecalledMemory",
    "Record",
    "Relation",
    "Review",
    "Run",
    "Showing",
    "TakenBack",
    "Task",
    "TestRun",
    "Together",
    "Topic",
    "Trust",
    "Usage",
    "Utility",
    "Verdict",
    "Why",
    "WhyStep",
]
