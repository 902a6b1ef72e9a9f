"""What a project's guidelines say: AGENTS.md, CONTRIBUTING and their like, section by section.

The text is quoted, never followed: it is data like everything that a repository holds.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from memcoder.memory.conventions.paths import DOCUMENTS

NAMES = re.compile(
    r"^(agents|claude|gemini|copilot-instructions|contributing|hacking|developing|development|conventions"
    r"|coding[-_]?style|style[-_]?guide|coding[-_]?conventions|pull_request_template)(\.(md|mdc|rst|txt|adoc))?$",
    re.IGNORECASE,
)
RULE_FILES = frozenset((".cursorrules", ".windsurfrules", ".clinerules"))
FOR_FOLDER = frozenset(("agents.md", "claude.md", "gemini.md"))
"""Files that speak of the folder they lie in; all others speak of the project."""
FILES_LIMIT = 24
SECTIONS_LIMIT = 40
"""Sections of one file."""
TEXT_LIMIT = 2_000
"""Characters of one section."""
LEAST_TEXT = 40
"""Characters; shorter sections say nothing."""
FILE_LIMIT = 200_000
MARKDOWN = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
UNDERLINE = re.compile(r"^([=\-~^\"'`#*+.:_])\1{2,}\s*$")
FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True)
class Section:
    """A part of a guideline, under its heading."""

    path: str
    heading: str
    text: str
    area: str
    """Folder it speaks of; "" is the project."""


def guidelines(paths: Iterable[str]) -> list[str]:
    """The files that say how to work on a project: the nearest to the root first, so many at most."""
    found = [path for path in paths if _is_guideline(path)]
    return sorted(found, key=lambda path: (path.count("/"), path))[:FILES_LIMIT]


def _is_guideline(path: str) -> bool:
    *folders, name = path.lower().split("/")
    if {"test", "tests", "testing", "node_modules", "vendor", "_vendor"}.intersection(folders):
        return False
    if name in RULE_FILES or NAMES.match(name):
        return True
    told = name.endswith(DOCUMENTS) and any(NAMES.match(folder) for folder in folders if folder != "development")
    return told or (folders[-2:] == [".cursor", "rules"] and name.endswith((".mdc", ".md")))


def written(paths: Iterable[str], read: Callable[[str], bytes | None]) -> list[Section]:
    """The sections of all guidelines; `read` gives a file's bytes."""
    found = []
    for path in guidelines(paths):
        source = (read(path) or b"")[:FILE_LIMIT].decode("utf-8", "replace")
        folder, _, name = path.rpartition("/")
        area = folder if name.lower() in FOR_FOLDER and not folder.startswith(".") else ""
        sections = [(heading, text) for heading, text in split(source) if len(text) >= LEAST_TEXT]
        found += [Section(path, heading, _cut(text), area) for heading, text in sections[:SECTIONS_LIMIT]]
    return found


def split(source: str) -> Iterator[tuple[str, str]]:
    """Heading and text of each section, by the headings of Markdown and reStructuredText; code blocks are text."""
    heading, text = "", list[str]()
    fenced = False
    lines = source.splitlines()
    for number, line in enumerate(lines):
        fenced ^= FENCE.match(line) is not None
        found = None if fenced else _heading(lines, number)
        if found is None:
            if fenced or FENCE.match(line) or not UNDERLINE.match(line):
                text.append(line)
            continue
        yield heading, "\n".join(text).strip()
        heading, text = found, []
    yield heading, "\n".join(text).strip()


def _heading(lines: list[str], number: int) -> str | None:
    line = lines[number]
    if match := MARKDOWN.match(line):
        return match[1].strip()
    below = lines[number + 1] if number + 1 < len(lines) else ""
    plain = line.strip() and not line.startswith((" ", "\t", "..")) and not UNDERLINE.match(line)
    # A title's underline is about as long as the title; a rule below a paragraph or a table is not.
    if plain and UNDERLINE.match(below) and len(below.rstrip()) >= len(line.strip()) - 1:
        return line.strip()
    return None


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 2].rstrip() + " …"
