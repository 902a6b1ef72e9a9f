"""The ways in which lines can be laid out one way or another: ends, indentation, blanks between tokens, quotes."""

from collections.abc import Iterator
from itertools import pairwise

from memcoder.history.tokens import Token

OPERATORS = frozenset(("==", "!=", "<=", ">=", "+=", "-=", "and", "or", "=", "->", ":=", "&&", "||"))
ARITHMETIC = frozenset(("+", "-", "<", ">", "%", "|"))
"""Operators that some projects write without blanks; `*` and `/` they mix."""
BINARY = frozenset(("binary_operator", "comparison_operator", "binary_expression"))
DEFAULTS = frozenset(("keyword_argument", "default_parameter"))
"""Where `=` stands without blanks in Python."""
KEYED = frozenset(("pair", "typed_parameter", "typed_default_parameter"))
"""Where a colon is followed by a value or type."""
KEYWORDS = frozenset(("return", "in", "if", "elif", "else", "and", "or", "not", "for", "while", "import", "yield"))

Seen = tuple[str, str, int]
"""(what, how it is done there, line)."""


def seen_in(text: str, found: list[Token]) -> Iterator[Seen]:
    """All that a text does one way or another, with the lines (from 1)."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield "its end", "with blanks" if line != line.rstrip() else "without blanks", number
            if line[0] in " \t":
                yield "indentation", "by tabs" if line[0] == "\t" else "by blanks", number
    code = [token for token in found if token.sort != "mark"]
    yield from _after(code)
    yield from _about(code)
    yield from _quotes(code)


def _after(code: list[Token]) -> Iterator[Seen]:
    """What follows a comma, the colon of a key, a keyword."""
    for token, after in pairwise(code):
        if after.line != token.end_line or after.sort == "comment":
            continue
        close = "without a blank" if after.column == token.end_column else "with a blank"
        if token.text == "," and after.text not in ")]}":
            yield "a comma", close, token.line
        elif token.text == ":" and token.parent in KEYED:
            yield "the colon of a key", close, token.line
        elif token.text in KEYWORDS and token.sort == "other" and after.text not in (":", ",", ")", ";"):
            yield "a keyword", close, token.line


def _about(code: list[Token]) -> Iterator[Seen]:
    """What stands on both sides of an operator."""
    for before, token, after in zip(code, code[1:], code[2:], strict=False):
        binary = token.text in ARITHMETIC and token.parent in BINARY
        if (token.text in OPERATORS or binary) and before.end_line == token.line == after.line:
            close = before.end_column == token.column or after.column == token.end_column
            what = "`=` of an argument" if token.parent in DEFAULTS else f"`{token.text}`" if binary else "an operator"
            yield what, "without blanks" if close else "with blanks", token.line


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
