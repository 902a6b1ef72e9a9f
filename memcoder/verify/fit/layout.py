"""How new lines are laid out, beside the habits of the file they stand in; where no formatter says it, the file does.

A habit is what a file does nearly always: after a comma comes a blank (412 of 412), strings stand in double quotes
(97 of 100), lines do not end in blanks. New lines that do otherwise are told of with these counts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from memcoder.history.tokens import Token
from memcoder.records import Finding
from memcoder.verify.fit.patched import Patched, PatchedFile
from memcoder.verify.fit.weights import several

LEAST = 20
"""Times that a file must have done something to have the habit."""
SHARE = 0.95
OPERATORS = frozenset(("==", "!=", "<=", ">=", "+=", "-=", "and", "or", "=", "->", ":=", "&&", "||"))
DEFAULTS = frozenset(("keyword_argument", "default_parameter"))
"""Where `=` stands without blanks in Python."""

Seen = tuple[str, str, int]
"""(what, how it is done there, line)."""


def layout_findings(patched: Patched) -> Iterator[Finding]:
    """One finding for each file whose new lines go against its habits."""
    for file in patched.files:
        if file.old is None or file.new is None:
            continue
        habits = _habits(_seen(file.old, file.old_tokens))
        against = [(what, how, line) for what, how, line in _seen(file.new, file.new_tokens)
                   if line in file.added and what in habits and how != habits[what][0]]  # fmt: skip
        if against:
            yield _finding(file, against, habits)


def _finding(file: PatchedFile, against: list[Seen], habits: dict[str, tuple[str, int, int]]) -> Finding:
    what, how, line = against[0]
    usual, count, total = habits[what]
    lines = sorted({line for *_, line in against})
    more = f"; {len(lines)} lines like it" if len(lines) > 1 else ""
    return Finding(
        kind="layout",
        outcome="broken",
        line=f"{file.path}:{line} has {what} {how}, where the file has {usual} ({count} of {total}){more}",
        places=tuple(f"{file.path}:{number}" for number in lines),
        count=count,
        total=total,
        weight=several(len(lines)),
    )


def _habits(seen: Iterable[Seen]) -> dict[str, tuple[str, int, int]]:
    """What → (how nearly always, times, of all)."""
    counted: dict[str, Counter[str]] = {}
    for what, how, _ in seen:
        counted.setdefault(what, Counter())[how] += 1
    found = {}
    for what, ways in counted.items():
        how, count = ways.most_common(1)[0]
        if ways.total() >= LEAST and count >= SHARE * ways.total():
            found[what] = how, count, ways.total()
    return found


def _seen(text: str, found: list[Token]) -> Iterator[Seen]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield "its end", "with blanks" if line != line.rstrip() else "without blanks", number
            if line[0] in " \t":
                yield "indentation", "by tabs" if line[0] == "\t" else "by blanks", number
    code = [token for token in found if token.sort != "mark"]
    for before, token, after in zip(code, code[1:], code[2:], strict=False):
        if token.text == "," and after.line == token.line and after.text not in ")]}" and after.sort != "comment":
            yield "a comma", "without a blank" if after.column == token.end_column else "with a blank", token.line
        if token.text in OPERATORS and before.end_line == token.line == after.line:
            close = before.end_column == token.column or after.column == token.end_column
            what = "`=` of an argument" if token.parent in DEFAULTS else "an operator"
            yield what, "without blanks" if close else "with blanks", token.line
    yield from _quotes(code)


def _quotes(code: list[Token]) -> Iterator[Seen]:
    for token in code:
        mark = token.text.lstrip("rRbBuUfF")[:1]
        inner = token.text.strip("rRbBuUfF")[1:-1]
        if (
            token.sort == "string"
            and mark in ("'", '"')
            and token.line == token.end_line
            and not set(inner) & set("'\"")
        ):
            yield "a string", "in single quotes" if mark == "'" else "in double quotes", token.line
