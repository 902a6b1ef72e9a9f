"""What code says, so that two pieces of it can be compared: without comments, layout, and what locals are called."""

import re
from collections.abc import Container, Iterable, Sequence
from itertools import groupby, pairwise

from memcoder.history.tokens import OPENS, Token

CLOSERS = frozenset(")]}")
ASSIGNED_IN = frozenset(
    ("assignment", "for_statement", "for_in_clause", "as_pattern_target", "named_expression", "variable_declarator",
     "augmented_assignment", "pattern_list", "short_var_declaration", "expression_list"),
)  # fmt: skip
"""Nodes in which a plain name may be one that is given a value."""
LOCAL, NAME = "·", "•"
WORD = re.compile(r"\w+")
ANNOTATED = frozenset((":", "->"))
ANNOTATED_IN = frozenset(("typed_parameter", "typed_default_parameter", "assignment", "function_definition"))
IMPORTS = frozenset(
    ("import_statement", "import_from_statement", "future_import_statement", "dotted_name", "aliased_import",
     "relative_import", "import_prefix"),
)  # fmt: skip
SHINGLE = 4


def without_comments(found: Iterable[Token]) -> list[Token]:
    """Without comments, and without commas that only end a list."""
    kept = [token for token in found if token.sort != "comment" and token.text.strip() != "\\"]
    return [
        token for at, token in enumerate(kept)
        if not (token.text == "," and at + 1 < len(kept) and kept[at + 1].text in CLOSERS)
    ]  # fmt: skip


def essence(found: Sequence[Token]) -> tuple[str, ...]:
    """A function's tokens with its locals numbered as they come: equal for two that only look different."""
    code = without_comments(found)
    local = {one.text for one, after in pairwise(code) if _is_given_a_value(one, after)}
    numbers: dict[str, int] = {}
    said: list[str] = []
    for is_string, run in groupby(code, lambda token: token.sort == "string"):
        if is_string:  # strings side by side are one
            said.append("'" + "".join(_inner(token, local, numbers) for token in run) + "'")
            continue
        for token in run:
            given = token.sort in ("name", "call") and token.text in local
            said.append(_numbered(token.text, numbers) if given else token.text)
    return tuple(said)


def acts(found: Iterable[Token]) -> tuple[str, ...]:
    """What code does when it runs: its tokens without comments, docstrings, annotations and imports."""
    return tuple(
        _plain(token) for token in without_comments(found)
        if not (is_bare_string(token) or token.in_type or token.parent in IMPORTS
                or (token.text in ANNOTATED and token.parent in ANNOTATED_IN))
    )  # fmt: skip


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
    return f"'{_inner(token, frozenset(), {})}'" if token.sort == "string" else token.text


def _inner(token: Token, local: Container[str], numbers: dict[str, int]) -> str:
    """What is in a string, after its prefix; of a bare one only its words; locals in an f-string are numbered."""
    text = token.text.lstrip("rRbBuUfF")
    prefix = token.text[: len(token.text) - len(text)].lower().replace("u", "")
    inner = text.strip("'\"").replace("\\'", "'").replace('\\"', '"')
    if is_bare_string(token):
        inner = " ".join(inner.split())
    if "f" in prefix:
        inner = WORD.sub(lambda word: _numbered(word[0], numbers) if word[0] in local else word[0], inner)
    return f"{prefix}:{inner}" if "b" in prefix or ("r" in prefix and "\\" in inner) else inner


def _numbered(name: str, numbers: dict[str, int]) -> str:
    return f"{LOCAL}{numbers.setdefault(name, len(numbers))}"
