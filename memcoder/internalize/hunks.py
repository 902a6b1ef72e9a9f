"""What a patch does, edit by edit: where, in which function, and what kind of edit it is.

Kinds are told by the shape of lines alone, so that they are the same in every language that looks like C or Python:
they say what sort of thing was done, not whether it was right.
"""

import re
from collections.abc import Iterable

from memcoder.history.diffs import Edit, edits
from memcoder.history.repository import Repository
from memcoder.history.symbols import Symbol, symbol_at, symbols
from memcoder.records import Record

MOST = 100
"""Edits of a patch that are looked at."""
LINES = 60
"""Lines of an edit that are kept, of those that go and of those that come."""
STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`")
COMMENT = re.compile(r"(?:(?:^|\s)#|//|/\*|^\s*\*).*$")
VALUE = re.compile(r"\b\d[\w.]*\b|\b(?:true|false|null|nil|None|True|False)\b|''")
OPERATOR = re.compile(r"(?:[-+*/%<>=!&|^]+|\b(?:and|or|not|in|is)\b|\s)+")
EXIT = re.compile(r"^(?:return|raise|throw|continue|break|panic|abort|exit)\b")
SHAPES = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("an import", r"^(?:import|from|use|using|require|#\s*include|package)\b"),
        ("a signature", r"^(?:(?:export|default|public|private|protected|static|pub|async|abstract|final)\s+)*"
                        r"(?:def|class|func|function|fn|interface|struct|trait|impl)\b"),
        ("error handling", r"^(?:try|except|catch|finally|rescue|ensure|defer|with|raise|throw)\b|^\}?\s*catch\b"),
        ("a condition", r"^(?:\}?\s*else\s+if|if|elif|elsif|unless|while|switch|case|match|assert)\b"),
        ("a loop", r"^(?:for|foreach|loop|do)\b"),
        ("a return value", r"^(?:return|yield)\b"),
        ("an assignment", r"^[\w.\[\]\"', *:&<>()]+?\s*(?::=|[-+*/%&|^]?=(?!=))"),
        ("a call", r"[\w.\])]\s*\("),
    )
)  # fmt: skip
"""Kind, and the lines that show it; the first that fits."""


class Hunk(Record):
    """One edit of a patch, and what it is."""

    path: str
    line: int
    """In the version before it, from 1."""
    symbol: str = ""
    """The innermost function or class there, by its qualified name; empty for none, and in a new file."""
    kind: str
    """E.g. `a condition`, `a changed constant`."""
    new_file: bool = False
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """`path:symbol`, or the path."""
        return f"{self.path}:{self.symbol}" if self.symbol else self.path

    @property
    def key(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """Equal for edits that do the same to the same file, white space apart."""
        return self.path, tuple(map(_squeezed, self.removed)), tuple(map(_squeezed, self.added))

    @property
    def names(self) -> tuple[str, ...]:
        """Identifiers of the lines that come and not of those that go, without comments and strings."""
        before = {name for line in self.removed for name in _names(line)}
        return tuple(dict.fromkeys(name for line in self.added for name in _names(line) if name not in before))


def hunks_of(repo: Repository, base: str, diff: str) -> tuple[Hunk, ...]:
    """The edits of a patch, a hundred at most; functions are named as the base commit has them."""
    known: dict[str, list[Symbol]] = {}
    found = []
    for edit in edits(diff)[:MOST]:
        if edit.old_path not in known:
            source = repo.read(base, edit.old_path)
            known[edit.old_path] = symbols(edit.path, source) if source else []
        symbol = symbol_at(known[edit.old_path], edit.line)
        found.append(
            Hunk(
                path=edit.path,
                line=edit.line,
                symbol=symbol.qualified if symbol else "",
                kind=kind_of(edit),
                new_file=edit.old_path not in repo.tree(base),
                removed=edit.removed[:LINES],
                added=edit.added[:LINES],
            )
        )
    return tuple(found)


def kind_of(edit: Edit) -> str:
    """What sort of edit it is; `a changed …` where what goes is of the same shape."""
    gone, come = _code(edit.removed), _code(edit.added)
    if not come:
        return "a removal" if gone else "comments"
    if gone and len(gone) == len(come):
        if _without(VALUE, gone) == _without(VALUE, come):
            return "a changed constant"
        if _without(OPERATOR, gone) == _without(OPERATOR, come):
            return "a changed operator"
    shape = _shape(come)
    if shape == "a condition" and not gone and any(EXIT.match(line) for line in come):
        return "a guard"
    if not gone or shape in ("other code", "error handling") or _shape(gone) != shape:
        return shape
    return f"a changed {shape.partition(' ')[2]}"


def _shape(lines: Iterable[str]) -> str:
    """The shape of the first line that has one."""
    return next((kind for line in lines for kind, pattern in SHAPES if pattern.search(line)), "other code")


def _code(lines: Iterable[str]) -> list[str]:
    """Lines that are code, with strings emptied and comments cut off."""
    bare = (COMMENT.sub("", STRING.sub("''", line[:400])).strip() for line in lines)
    return [line for line in bare if line.strip("(){}[];, ")]


def _without(pattern: re.Pattern[str], lines: Iterable[str]) -> list[str]:
    return [_squeezed(pattern.sub("", line)) for line in lines]


def _squeezed(line: str) -> str:
    return "".join(line.split())


def _names(line: str) -> list[str]:
    return re.findall(r"[A-Za-z_]\w{2,39}", next(iter(_code([line])), ""))
