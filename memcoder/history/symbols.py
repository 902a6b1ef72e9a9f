"""Functions and classes of a source file, by tree-sitter."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LANGUAGES = {
    ".py": "python",
    ".pyi": "python",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".tsx": "tsx",
}
FUNCTIONS = {
    "function_definition",
    "function_declaration",
    "generator_function_declaration",
    "method_definition",
}
CLASSES = {"class_definition", "class_declaration", "interface_declaration", "abstract_class_declaration"}
HOLDERS = {
    "python": frozenset(
        {"block", "if_statement", "elif_clause", "else_clause", "try_statement", "except_clause", "except_group_clause",
         "finally_clause", "with_statement", "for_statement", "while_statement", "match_statement", "case_clause",
         "ERROR"}
    )
}  # fmt: skip
"""Nodes that may hold a definition, where only statements can; other nodes are not walked, which is most of a tree.
JavaScript has functions inside expressions, so there everything is walked."""
SIZE_LIMIT = 1_000_000
"""Bytes; larger files are generated or data."""


@dataclass(frozen=True)
class Symbol:
    """A function, method or class; lines count from 1, `end` is inclusive, decorators belong to it."""

    name: str
    qualified: str
    kind: str
    start: int
    end: int


def language_of(path: str) -> str | None:
    """The grammar for a path; None where there is none."""
    return LANGUAGES.get(path[path.rfind(".") :].lower()) if "." in path else None


def symbols(path: str, source: bytes) -> list[Symbol]:
    """The symbols of a file in order; empty where the language is unknown or the file too large."""
    language = language_of(path)
    if language is None or len(source) > SIZE_LIMIT:
        return []
    found: list[Symbol] = []
    _collect(_parser(language).parse(source).root_node, (), False, found, HOLDERS.get(language))
    return found


def symbol_at(found: list[Symbol], line: int) -> Symbol | None:
    """The innermost symbol that holds a line."""
    around = [symbol for symbol in found if symbol.start <= line <= symbol.end]
    return min(around, key=lambda symbol: symbol.end - symbol.start, default=None)


def _collect(
    node: "Node", outer: tuple[str, ...], in_class: bool, found: list[Symbol], holders: frozenset[str] | None
) -> None:
    for child in node.named_children:
        inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if inner is None or inner.type not in FUNCTIONS | CLASSES:
            if holders is None or child.type in holders:
                _collect(child, outer, in_class, found, holders)
            continue
        name = _text(inner.child_by_field_name("name"))
        is_class = inner.type in CLASSES
        kind = "class" if is_class else "method" if in_class else "function"
        qualified = (*outer, name)
        found.append(Symbol(name, ".".join(qualified), kind, child.start_point[0] + 1, child.end_point[0] + 1))
        _collect(inner, qualified, is_class, found, holders)


def _text(node: "Node | None") -> str:
    return node.text.decode(errors="replace") if node is not None and node.text else "?"


@cache
def _parser(language: str) -> "Parser":
    from tree_sitter import Language, Parser

    return Parser(Language(_grammar(language)))


def _grammar(language: str) -> Any:
    if language == "python":
        import tree_sitter_python

        return tree_sitter_python.language()
    if language == "javascript":
        import tree_sitter_javascript

        return tree_sitter_javascript.language()
    import tree_sitter_typescript

    return tree_sitter_typescript.language_tsx() if language == "tsx" else tree_sitter_typescript.language_typescript()
