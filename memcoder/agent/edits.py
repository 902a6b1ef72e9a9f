"""Read a model's edits and apply them: forgiving about form, never guessing about place.

Two forms are understood, because small models mix them: SEARCH/REPLACE blocks (aider's format), and a
whole function or class in a fenced block, which replaces the one of that name in the files that were shown.
"""

import ast
import re
import textwrap
from collections.abc import Container, Mapping
from dataclasses import dataclass

from memcoder.agent.lines import join_lines, split_lines
from memcoder.agent.locate import Location
from memcoder.history.symbols import symbols

BLOCK = re.compile(
    r"(?:^(?P<path>[^\s<>`|][^\n<>`|]*\.\w+)[ \t]*\n)?(?:^```[^\n]*\n)?"
    r"^<{5,9} ?SEARCH[^\n]*\n(?P<search>.*?)^={5,9}[ \t]*\n(?P<replace>.*?)^>{5,9} ?REPLACE",
    re.M | re.S,
)
FENCE = re.compile(r"^```[\w+-]*[ \t]*\n(.*?)^```", re.M | re.S)


Span = tuple[int, int, int]
"""Lines from the first (from 0) up to the second, and the indent by which what replaces them is moved."""


class EditError(Exception):
    """Why an edit was not applied, in words for the model."""


class NoChangeError(EditError):
    """The edit was understood, and what it puts there is what stands there."""


@dataclass(frozen=True)
class Edit:
    """Replace `search` (exact text, found once) by `replace` in `path`."""

    path: str
    search: str
    replace: str


def parse_edits(reply: str, shown: Mapping[str, str], focus: Location | None = None) -> list[Edit]:
    """The edits in a reply, for the files that were shown (path → source).

    `focus` is the function that was asked for, where its name alone does not tell which is meant. Raises EditError
    where there is no edit, or where one names a file that was not shown.
    """
    edits = [_from_block(match, shown) for match in BLOCK.finditer(reply)]
    if not edits:
        edits = [edit for code in FENCE.findall(_closed(reply)) for edit in _from_code(code, shown, focus)]
    if not edits:
        raise EditError("The answer has no edit: no SEARCH/REPLACE block and no whole function of a shown file.")
    return edits


def take_new_files(reply: str, known: Container[str]) -> tuple[str, dict[str, str]]:
    """A reply without the blocks that make new files, and those files (path → source).

    A block makes a file where its SEARCH part is empty and its path is not among the `known` ones. Nothing here says
    that a path stays inside the repository.
    """
    new: dict[str, str] = {}

    def take(match: re.Match[str]) -> str:
        path = (match["path"] or "").strip().strip("`*# ")
        if not path or path in known or match["search"].strip():
            return match[0]
        new[path] = match["replace"]
        return ""

    return BLOCK.sub(take, reply), new


def apply_edits(edits: list[Edit], sources: Mapping[str, str]) -> dict[str, str]:
    """The changed files (path → new source); all edits or none.

    Raises EditError where an edit's place is missing or not unique, or breaks Python's syntax, and NoChangeError where
    nothing changes.
    """
    changed = dict(sources)
    for edit in edits:
        changed[edit.path] = _replace_once(changed[edit.path], edit)
    result = {path: text for path, text in changed.items() if text != sources[path]}
    if not result:
        raise NoChangeError("The edit changes nothing.")
    for path, text in result.items():
        if path.endswith(".py"):
            check_python(path, text)
    return result


def _closed(reply: str) -> str:
    """A reply that was cut off inside its last fence still has its code."""
    return reply if reply.count("\n```") % 2 == 0 and not reply.startswith("```") else reply + "\n```"


def _from_block(match: re.Match[str], shown: Mapping[str, str]) -> Edit:
    named = (match["path"] or "").strip().strip("`*# ")
    paths = [path for path in shown if path == named] or [path for path in shown if named and path.endswith(named)]
    if not paths:
        paths = [path for path, text in shown.items() if match["search"].strip() and match["search"].strip() in text]
    if not paths and len(shown) == 1:
        paths = list(shown)
    if len(paths) != 1:
        raise EditError(f"Name the file of each edit; one of: {', '.join(shown)}.")
    return Edit(paths[0], match["search"], match["replace"])


def _from_code(code: str, shown: Mapping[str, str], focus: Location | None) -> list[Edit]:
    """Each outermost definition in the code that exists under the same name in exactly one place shown, or in focus."""
    code = textwrap.dedent(code)
    found: dict[str, dict[tuple[str, int] | None, Edit]] = {}
    for path, text in shown.items():
        lines = split_lines(text)
        for new in symbols(path, code.encode()):
            if "." in new.qualified:
                continue
            body = "\n".join(split_lines(code)[new.start - 1 : new.end])
            for old in symbols(path, text.encode()):
                if old.name == new.name:
                    moved = textwrap.indent(body, " " * _indent(lines[old.start - 1]))
                    edit = Edit(path, "\n".join(lines[old.start - 1 : old.end]), moved)
                    found.setdefault(new.name, {})[path, old.start] = edit
    meant = (focus.path, focus.start) if focus else None
    return [
        places.get(meant) or next(iter(places.values()))
        for places in found.values()
        if meant in places or len(places) == 1
    ]


def _replace_once(source: str, edit: Edit) -> str:
    search = edit.search.rstrip("\n")
    if not search.strip():
        raise EditError("The SEARCH part is empty; copy the lines that are to be replaced.")
    spans = find_spans(source, search)
    if len(spans) != 1:
        problem = "is not in the file" if not spans else f"is there {len(spans)} times; copy more lines"
        raise EditError(f"The SEARCH text {problem} ({edit.path}): {search.strip().splitlines()[0][:80]!r}")
    return replace_span(source, spans[0], edit.replace)


def find_spans(source: str, search: str) -> list[Span]:
    """Where the searched lines stand: exactly, else but for one common indent and blanks at the ends of lines."""
    search = search.rstrip("\n")
    return _exact_spans(source, search) or _loose_spans(source, search)


def replace_span(source: str, span: Span, replace: str) -> str:
    """The source with other lines there, moved by the span's indent, and ended as the source's own lines are."""
    start, end, shift = span
    lines = split_lines(source)
    moved = [_shift(line, shift) for line in split_lines(replace.rstrip("\n"))]
    return join_lines(lines[:start] + moved + lines[end:], like=source)


def _exact_spans(source: str, search: str) -> list[Span]:
    have, want = split_lines(source), split_lines(search)
    size = len(want)
    return [(at, at + size, 0) for at in range(len(have) - size + 1) if have[at : at + size] == want]


def _loose_spans(source: str, search: str) -> list[Span]:
    """Places that differ from the search by one common indent and by trailing blanks only.

    Each with the indent by which the replacement has to be moved.
    """
    want = [line.rstrip() for line in split_lines(search.strip("\n"))]
    have = [line.rstrip() for line in split_lines(source)]
    spans = []
    for at in range(len(have) - len(want) + 1):
        shift = _indent(have[at]) - _indent(want[0])
        if all(_shift(line, shift) == other for line, other in zip(want, have[at : at + len(want)], strict=True)):
            spans.append((at, at + len(want), shift))
    return spans


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _shift(line: str, by: int) -> str:
    if not line.strip():
        return ""
    return " " * by + line if by >= 0 else line[min(-by, _indent(line)) :]


def check_python(path: str, text: str) -> None:
    """Raise EditError, which names the line, where the text is no Python."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise EditError(f"{path} would not be valid Python: {error.args[0]} (line {line}).") from error
