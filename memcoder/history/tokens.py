"""The tokens of a source file, by tree-sitter: what code says, apart from how it is laid out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from memcoder.history.languages import GRAMMARS
from memcoder.history.symbols import SIZE_LIMIT, language_of, parser

if TYPE_CHECKING:
    from tree_sitter import Node

DEPTH_LIMIT = 200
BLOCKS = frozenset(("block", "statement_block"))
OPENS, CLOSES = "⟨", "⟩"
"""Texts of the marks about a block, which has none of its own where indentation says it."""
TYPES = frozenset(("type", "type_annotation"))
"""Nodes that say of what type something is, in Python and TypeScript."""
STRINGS = frozenset(("string", "string_literal", "interpreted_string_literal", "raw_string_literal", "template_string"))

Sort = Literal["name", "field", "call", "keyword", "string", "comment", "mark", "other"]
"""`field`: a name after a dot; `call`: a plain name that is called; `keyword`: the name of a keyword argument; `mark`:
where a block begins or ends."""


class Token(NamedTuple):
    """A leaf of the syntax tree; lines count from 1, columns (in bytes) from 0. A string is one token."""

    sort: Sort
    text: str
    line: int
    column: int
    end_line: int
    end_column: int
    parent: str
    """Type of the node that it stands in, e.g. `assignment`; of a bare string `expression_statement`."""
    in_type: bool = False
    """Whether it is part of an annotation."""


def tokens(path: str, source: bytes) -> list[Token]:
    """The tokens of a file in order; empty where the language is unknown or the file too large."""
    language = language_of(path)
    if language is None or language not in GRAMMARS or len(source) > SIZE_LIMIT:
        return []
    return list(_leaves(parser(language).parse(source).root_node, 0, False))


def _leaves(node: "Node", depth: int, in_type: bool) -> Iterator[Token]:
    if depth > DEPTH_LIMIT:
        return
    in_type = in_type or node.type in TYPES
    if not node.children or node.type in STRINGS:
        if node.end_byte > node.start_byte:
            yield _token(node, _sort(node), in_type)
        return
    if node.type in BLOCKS:
        yield _mark(node, OPENS)
    for child in node.children:
        yield from _leaves(child, depth + 1, in_type)
    if node.type in BLOCKS:
        yield _mark(node, CLOSES)


def _token(node: "Node", sort: Sort, in_type: bool) -> Token:
    (line, column), (end_line, end_column) = node.start_point, node.end_point
    text = (node.text or b"").decode("utf-8", "replace")
    parent = node.parent.type if node.parent else ""
    return Token(sort, text, line + 1, column, end_line + 1, end_column, parent, in_type)


def _mark(node: "Node", text: str) -> Token:
    (line, column), (end_line, end_column) = node.start_point, node.end_point
    at = (line + 1, column) if text == OPENS else (end_line + 1, end_column)
    return Token("mark", text, *at, *at, node.type)


def _sort(node: "Node") -> Sort:
    kind = node.type
    if kind in STRINGS:
        return "string"
    if kind == "comment" or kind.endswith("_comment"):
        return "comment"
    if not kind.endswith("identifier"):
        return "other"
    before, after, parent = node.prev_sibling, node.next_sibling, node.parent
    if kind != "identifier" or (before is not None and before.type in (".", "->", "::", "?.")):
        return "field"
    if parent is not None and parent.type == "keyword_argument" and after is not None and after.type == "=":
        return "keyword"
    called = parent is not None and parent.type in ("call", "call_expression") and before is None
    return "call" if called else "name"
