"""What code says, so that two pieces of it can be compared: without comments, layout, and what locals are called."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from memcoder.history.tokens import OPENS, Token

CLOSERS = frozenset(")]}")
ASSIGNED_IN = frozenset(
    ("assignment", "for_statement", "for_in_clause", "as_pattern_target", "named_expression", "variable_declarator",
     "augmented_assignment", "pattern_list", "short_var_declaration", "expression_list"),
)  # fmt: skip
"""Nodes in which a plain name may be one that is given a value."""
LOCAL, NAME = "·", "•"
SHINGLE = 4


def without_comments(found: Iterable[Token]) -> list[Token]:
    """Without comments, and without commas that only end a list."""
    kept = [token for token in found if token.sort != "comment"]
    return [
        token for at, token in enumerate(kept)
        if not (token.text == "," and at + 1 < len(kept) and kept[at + 1].text in CLOSERS)
    ]  # fmt: skip


def essence(found: Sequence[Token]) -> tuple[str, ...]:
    """A function's tokens with its locals numbered as they come: equal for two that only look different."""
    code = without_comments(found)
    local = {one.text for one, after in pairwise(code) if _is_given_a_value(one, after)}
    numbers: dict[str, int] = {}
    said = []
    for token in code:
        if token.sort in ("name", "call") and token.text in local:
            said.append(f"{LOCAL}{numbers.setdefault(token.text, len(numbers))}")
        else:
            said.append(_plain(token))
    return tuple(said)


def body_of(found: Sequence[Token]) -> list[Token]:
    """A function's tokens after its header, bare strings left out; empty where it has no block."""
    code = without_comments(found)
    opened = next((at for at, token in enumerate(code) if token.text == OPENS and token.sort == "mark"), None)
    if opened is None:
        return []
    return [token for token in code[opened:] if not is_bare_string(token) and token.sort != "mark"]


def is_bare_string(token: Token) -> bool:
    """Whether it is a docstring or the like."""
    return token.sort == "string" and token.parent in ("expression_statement", "block", "module")


def shingles(found: Iterable[Token]) -> frozenset[tuple[str, ...]]:
    """Every run of four tokens, plain names alike: whatever variables are called, the same code gives the same runs."""
    said = [NAME if token.sort == "name" else _plain(token) for token in found if token.sort not in ("comment", "mark")]
    return frozenset(tuple(said[at : at + SHINGLE]) for at in range(len(said) - SHINGLE + 1))


def inside(found: Iterable[Token], first: int, last: int) -> list[Token]:
    """The tokens of some lines, inclusive."""
    return [token for token in found if first <= token.line and token.end_line <= last]


def _is_given_a_value(token: Token, after: Token) -> bool:
    return token.sort == "name" and token.parent in ASSIGNED_IN and after.text in ("=", ":=", "in", ",", ":", "+=")


def _plain(token: Token) -> str:
    """A token's text; of a string what is in it, whichever quotes are about it."""
    if token.sort != "string":
        return token.text
    text = token.text.lstrip("rRbBuUfF")
    prefix = token.text[: len(token.text) - len(text)].lower()
    return f"{prefix}'{text.strip(chr(34) + chr(39))}'"
