"""Functions and classes of a source file, by tree-sitter; what the languages call them is in `languages.py`."""

import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from memcoder.history.languages import GRAMMARS, LANGUAGES, Grammar

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

SIZE_LIMIT = 1_000_000
"""Bytes; larger files are generated or data."""
DEPTH_LIMIT = 200
"""Nodes deeper than this are not walked: only generated code is so deep."""
SEPARATOR = re.compile(r"::|\.")
TYPE_ARGUMENTS = re.compile(r"<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>")
DECLARED = frozenset({"identifier", "field_identifier", "qualified_identifier", "destructor_name", "operator_name"})


@dataclass(frozen=True)
class Symbol:
    """A function, method or class; lines count from 1, `end` is inclusive, decorators belong to it.

    `qualified` joins what the language nests by dots, whatever the language itself writes: `Shop.Sell` for a method of
    Go, `Shop.sell` for Rust's `impl Shop`, `ns.Shop.sell` for C++, `Market.Shop.sell` for Ruby.
    """

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
    _Walk(GRAMMARS[language], found).children(parser(language).parse(source).root_node, (), False, 0)
    return found


def symbol_at(found: list[Symbol], line: int) -> Symbol | None:
    """The innermost symbol that holds a line."""
    around = [symbol for symbol in found if symbol.start <= line <= symbol.end]
    return min(around, key=lambda symbol: symbol.end - symbol.start, default=None)


def symbols_at(found: list[Symbol], lines: Iterable[int]) -> list[Symbol]:
    """The innermost symbol of each line that has one, in order, each once; `found` as `symbols` gives it."""
    held: dict[Symbol, None] = {}
    around: list[Symbol] = []
    at = 0
    for line in sorted(set(lines)):
        while at < len(found) and found[at].start <= line:
            while around and around[-1].end < found[at].start:
                around.pop()
            around.append(found[at])
            at += 1
        while around and around[-1].end < line:
            around.pop()
        if around:
            held[around[-1]] = None
    return list(held)


@dataclass
class _Walk:
    """One walk over a tree, in the order of the source."""

    grammar: Grammar
    found: list[Symbol]

    def children(self, node: "Node", outer: tuple[str, ...], in_class: bool, depth: int) -> None:
        if depth > DEPTH_LIMIT:
            return
        holders = self.grammar.holders
        for child in node.named_children:
            # A decorated definition is a symbol from its first decorator on.
            inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
            if inner is None:
                continue
            kind = inner.type
            defines = kind in self.grammar.definitions and self._is_whole(inner, kind)
            parts = self._name(inner) if defines else None
            if parts is not None:
                self._definition(child, inner, (*outer, *parts), in_class or len(parts) > 1, depth)
            elif holders is None or kind in holders or defines:
                self.children(inner, outer, in_class, depth + 1)

    def _is_whole(self, node: "Node", kind: str) -> bool:
        """Whether a node that may be a definition is one, and no mere mention of a class or another assignment."""
        grammar = self.grammar
        if kind in grammar.classes:
            return not grammar.with_body or node.child_by_field_name("body") is not None
        if kind in grammar.assigned:
            value = node.child_by_field_name("value")
            return value is not None and value.type in grammar.closures
        return True

    def _definition(
        self, outside: "Node", node: "Node", qualified: tuple[str, ...], in_class: bool, depth: int
    ) -> None:
        is_class = node.type in self.grammar.classes
        if node.type not in self.grammar.scopes:
            kind = "class" if is_class else "method" if in_class else "function"
            start, end = outside.start_point[0] + 1, outside.end_point[0] + 1
            self.found.append(Symbol(qualified[-1], ".".join(qualified), kind, start, end))
        self.children(node, qualified, is_class, depth + 1)

    def _name(self, node: "Node") -> tuple[str, ...] | None:
        """The name's parts: more than one where the source qualifies it; None where there is none to be read."""
        named = node.child_by_field_name(dict(self.grammar.names).get(node.type, "name"))
        if node.type == "function_definition" and named is not None:
            named = _declared(named)
        elif named is None and node.parent is not None and node.parent.type == "type_definition":
            named = node.parent.child_by_field_name("declarator")  # typedef struct { … } Name
        if named is None or not named.text:
            return None
        text = named.text.decode(errors="replace")
        text = text if "operator" in text else TYPE_ARGUMENTS.sub("", text)
        receiver = node.child_by_field_name("receiver")
        prefix = _receiver(receiver) if receiver is not None else ()
        return (*prefix, *(part for part in SEPARATOR.split(text) if part)) or None


def _declared(node: "Node") -> "Node | None":
    """The name inside C's declarator: `*(name)(int)` and the like."""
    for _ in range(DEPTH_LIMIT):
        if node.type in DECLARED:
            return node
        inner = node.child_by_field_name("declarator") or next(iter(node.named_children), None)
        if inner is None:
            return None
        node = inner
    return None


def _receiver(node: "Node") -> tuple[str, ...]:
    """The type of Go's `(s *Shop[T])`."""
    found = re.match(rb"\(\s*(?:\w+\s+)?\*?\s*(\w+)", node.text or b"")
    return (found[1].decode(errors="replace"),) if found else ()


@cache
def parser(language: str) -> "Parser":
    """The parser of a grammar, by its name in `GRAMMARS`; made once."""
    from tree_sitter import Language, Parser

    grammar = GRAMMARS[language]
    return Parser(Language(getattr(importlib.import_module(grammar.package), grammar.entry)()))
