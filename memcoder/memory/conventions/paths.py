"""What a path is to a project: source, test, documentation, changelog; and the few areas that its source falls into."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from memcoder.history.kinds import is_test_path

Role = Literal["source", "test", "docs", "changelog", "stub", "other"]
CODE_TEXT = """
.py .pyx .js .jsx .mjs .cjs .ts .tsx .go .rs .java .kt .scala .c .h .cc .cpp .cxx .hpp .rb .php .cs .swift
"""
CODE = frozenset(CODE_TEXT.split())
DOCUMENTS = (".md", ".rst", ".txt", ".adoc")
DOC_FOLDERS = frozenset(("doc", "docs", "documentation"))
CHANGELOG_FILE = re.compile(
    r"(change[-_]?log|changes|history|news|release[-_]?notes|what'?s[-_]?new)(?=[-_.\d]|$)", re.IGNORECASE
)
CHANGELOG_FOLDERS_TEXT = """
changelog changelogs changelog.d changes changes.d newsfragments news whatsnew releases release-notes release_notes
releasenotes next_api_changes upcoming_changes .changeset
"""
CHANGELOG_FOLDERS = frozenset(CHANGELOG_FOLDERS_TEXT.split())
ASIDE_TEXT = """
vendor _vendor vendored extern externals third_party node_modules
"""
ASIDE = frozenset(ASIDE_TEXT.split())
"""Folders of other projects' code, wherever they stand."""
ASIDE_AT_TOP_TEXT = """
examples example benchmarks asv_bench bench scripts tools ci utils .github galleries
"""
ASIDE_AT_TOP = frozenset(ASIDE_AT_TOP_TEXT.split())
ASIDE_NAMES = frozenset(("setup.py", "noxfile.py", "conf.py", "versioneer.py"))
LIBRARY_SHARE = 0.5
"""A folder `test` or `testing` of which fewer code files than this are named like tests is a library of the product."""
TEST_NAME = re.compile(r"(^tests?[_.])|([_.](tests?|spec)\.)|(^conftest\.py$)|(Test\.\w+$)")
AREAS = 12
SPLIT_SHARE = 0.2
"""An area with more than this share of the source is split into its folders."""
LEAST_FILES = 3


@dataclass(frozen=True)
class Layout:
    """How a project is laid out, as of one commit's tree."""

    areas: tuple[str, ...]
    """Folders of the source, without a slash at the end; a path belongs to the longest that holds it."""
    libraries: frozenset[str]
    """Folders named like tests that are part of the product, e.g. `django/test`."""
    stubbed: frozenset[str]
    """Source files that have a type stub beside them."""
    _area_of: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)

    def role(self, path: str) -> Role:
        """What a path is; the surest sign first."""
        lowered = path.lower()
        *folders, name = lowered.split("/")
        ending = name[name.rfind(".") :] if "." in name else ""
        if _is_changelog(folders, name, ending):
            return "changelog"
        if ending == ".pyi":
            return "stub"
        if is_test_path(path) and not any(path.startswith(folder + "/") for folder in self.libraries):
            return "test"
        if DOC_FOLDERS.intersection(folders[:2]) or (ending in DOCUMENTS and "requirement" not in name):
            return "docs"
        if ending not in CODE or name in ASIDE_NAMES or ASIDE.intersection(folders):
            return "other"
        return "other" if folders and folders[0] in ASIDE_AT_TOP else "source"

    def area(self, path: str) -> str | None:
        """The area that a path lies in; None outside of all."""
        if path not in self._area_of:
            holding = [area for area in self.areas if path.startswith(area + "/")]
            self._area_of[path] = max(holding, key=len, default=None)
        return self._area_of[path]


def layout_of(paths: Iterable[str]) -> Layout:
    """The layout that a tree's paths show."""
    listed = list(paths)
    there = set(listed)
    plain = Layout((), _libraries(listed), frozenset())
    sources = [path for path in listed if plain.role(path) == "source"]
    stubbed = frozenset(path for path in sources if path.endswith(".py") and path + "i" in there)
    return Layout(_areas(sources), plain.libraries, stubbed)


def changelog_place(path: str) -> str:
    """Where changes are told: the file itself, or the folder (with a slash) that has one file a change or version."""
    *folders, name = path.split("/")
    for depth, folder in enumerate(folders):
        if folder.lower() in CHANGELOG_FOLDERS:
            return "/".join(folders[: depth + 1]) + "/"
    if re.search(r"\d", name) and folders:
        return "/".join(folders) + "/"
    return path


def _is_changelog(folders: list[str], name: str, ending: str) -> bool:
    if ending in CODE or ending in (".html", ".json", ".pyi"):
        return False
    told_of = any(folder in CHANGELOG_FOLDERS for folder in folders) and not name.startswith(("readme", "index", "_"))
    return told_of or (CHANGELOG_FILE.match(name) is not None and ending in (*DOCUMENTS, ""))


def _libraries(paths: list[str]) -> frozenset[str]:
    """Folders `test` and `testing` that hold few tests; `tests` always holds tests."""
    named: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for path in paths:
        *folders, name = path.split("/")
        if name[name.rfind(".") :] not in CODE:
            continue
        for depth, folder in enumerate(folders):
            if folder in ("test", "testing") and not {"tests", "test", "testing"}.intersection(folders[:depth]):
                root = "/".join(folders[: depth + 1])
                whole[root] += 1
                named[root] += TEST_NAME.search(name) is not None
    return frozenset(root for root in whole if "/" in root and named[root] < LIBRARY_SHARE * whole[root])


def _areas(sources: list[str]) -> tuple[str, ...]:
    """From the top down, the largest folder is split into its folders while it is large and few areas are made."""
    made: dict[str, int] = {}
    open_ones = {top: len(below) for top, below in _children("", sources).items()}
    while open_ones and len(made) + len(open_ones) < AREAS:
        largest = max(sorted(open_ones), key=lambda folder: open_ones[folder])
        size = open_ones.pop(largest)
        made[largest] = size
        if size <= SPLIT_SHARE * len(sources):
            continue
        children = {name: len(below) for name, below in _children(largest + "/", sources).items()}
        room = AREAS - len(made) - len(open_ones)
        kept = sorted(children, key=lambda name: -children[name])[: max(room, 0)]
        open_ones |= {name: children[name] for name in kept if children[name] >= LEAST_FILES}
    return tuple(sorted(made | open_ones))


def _children(prefix: str, paths: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        rest = path[len(prefix) :]
        if path.startswith(prefix) and "/" in rest:
            found.setdefault(prefix + rest.partition("/")[0], []).append(path)
    return found
