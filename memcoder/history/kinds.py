"""What kind of change a commit is, by the customs of commit messages and by what it touches."""

import re

from memcoder.records import ChangeKind, FileChange

CONVENTIONAL = re.compile(r"^(\w+)(?:\([^)]*\))?!?:", re.A)
WORDS: dict[str, ChangeKind] = {
    "fix": "fix", "bugfix": "fix", "hotfix": "fix", "feat": "feature", "feature": "feature", "refactor": "refactor",
    "perf": "refactor", "docs": "docs", "doc": "docs", "test": "tests", "tests": "tests", "style": "format",
    "format": "format", "build": "dependency", "deps": "dependency", "release": "release", "revert": "revert",
}  # fmt: skip
PATTERNS: tuple[tuple[ChangeKind, re.Pattern[str]], ...] = (
    ("revert", re.compile(r"^revert\b", re.I)),
    ("release", re.compile(r"^(release|bump version|version|prepare (for )?release|v?\d+\.\d+(\.\d+)?\s*$)", re.I)),
    (
        "dependency",
        re.compile(r"^(bump|upgrade|update|pin|unpin)\b.*\b(dependenc|requirement|from \d|to v?\d|lock)", re.I),
    ),
    ("format", re.compile(r"^(black|ruff|isort|reformat|format|lint|whitespace|pep ?8|style)\b|\btypos?\b", re.I)),
    ("fix", re.compile(r"\b(fix(e[sd])?|bug|correct(s|ed)?|repair|handle|prevent|avoid|regression)\b", re.I)),
    ("refactor", re.compile(r"^(refactor|clean|simplif|rename|move|extract|split|remove|drop)\w*", re.I)),
    ("feature", re.compile(r"^(add|implement|introduce|support|allow|enable)\w*", re.I)),
)
TEST_FOLDERS = frozenset({"tests", "__tests__", "testsuite", "testdata"})
SCRIPT_TEST = re.compile(r"\.(?:test|spec)\.[cm]?[jt]sx?$")
DOCUMENTS = (".md", ".rst", ".txt", ".adoc")


def change_kind(message: str, files: tuple[FileChange, ...], parents: int) -> ChangeKind:
    """The kind of a commit; the first that fits, from the surest sign to the weakest."""
    if parents > 1:
        return "merge"
    subject = message.strip().partition("\n")[0]
    if (match := CONVENTIONAL.match(subject)) and match[1].lower() in WORDS:
        return WORDS[match[1].lower()]
    for kind, pattern in PATTERNS[:4]:
        if pattern.search(subject):
            return kind
    if files and all(change.path.lower().endswith(DOCUMENTS) for change in files):
        return "docs"
    if files and all(is_test_path(change.path) for change in files):
        return "tests"
    return next((kind for kind, pattern in PATTERNS[4:] if pattern.search(subject)), "other")


def is_test_path(path: str) -> bool:
    """Whether a path is a test by the customs of the usual runners.

    A package named `test` or `testing` inside another one is a product: it helps others to test.
    """
    *folders, name = path.lower().split("/")
    return (
        any(folder in TEST_FOLDERS for folder in folders)
        or folders[:1] in (["test"], ["testing"])
        or name.startswith("test_")
        or name in ("conftest.py", "tests.py")
        or name.endswith(("_test.py", "_test.go"))
        or SCRIPT_TEST.search(name) is not None
    )
