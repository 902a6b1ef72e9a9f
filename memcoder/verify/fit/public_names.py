"""Public names that a patch takes away, or whose parameters it changes so that callers may break."""

from collections.abc import Iterator

from memcoder.history.symbols import Symbol
from memcoder.history.tokens import Token
from memcoder.memory.conventions.paths import Layout
from memcoder.records import Finding
from memcoder.verify.fit.meaning import inside, without_comments
from memcoder.verify.fit.patched import Patched, PatchedFile, touches
from memcoder.wording import listed

WEIGHT = 0.5
"""A fix seldom has to, and now and then must."""


def public_name_findings(patched: Patched, layout: Layout) -> Iterator[Finding]:
    """One finding that names every public function or class of the product that is gone or called otherwise."""
    source = [file for file in patched.files if layout.role(file.path) == "source"]
    found = [(file.path, what, symbol) for file in source for what, symbol in _changed(file)]
    if found:
        told = listed([f"{symbol.qualified} {what}" for _, what, symbol in found])
        yield Finding(
            kind="public-name",
            outcome="broken",
            line=f"Public names are not as callers know them: {told}",
            places=tuple(f"{path}:{symbol.start}" for path, _, symbol in found),
            weight=WEIGHT,
        )


def _changed(file: PatchedFile) -> Iterator[tuple[str, Symbol]]:
    """(what happened, the symbol as it was)."""
    if file.old is None:
        return
    after: dict[str, list[Symbol]] = {}
    for symbol in file.new_symbols:
        after.setdefault(symbol.qualified, []).append(symbol)
    within = _within_functions(file.old_symbols)
    for old in file.old_symbols:
        if old in within or not _is_public(old.qualified) or not touches(file.deleted, old):
            continue
        new = after.get(old.qualified)
        if new is None:
            if not _is_bound(old, file):
                yield "is gone", old
        elif old.kind != "class" and not any(_takes_the_same(old, one, file) for one in new):
            yield "takes other parameters", old


def _within_functions(found: list[Symbol]) -> set[Symbol]:
    """What is defined inside of a function: nobody else can call it by that name."""
    functions = [symbol for symbol in found if symbol.kind != "class"]
    return {
        symbol for symbol in found
        if any(one is not symbol and one.start <= symbol.start and symbol.end <= one.end for one in functions)
    }  # fmt: skip


def _is_public(qualified: str) -> bool:
    return not any(part.startswith("_") and part != "__init__" for part in qualified.split("."))


def _is_bound(symbol: Symbol, file: PatchedFile) -> bool:
    """Whether what is gone as a definition is still a name of the new file, e.g. imported or assigned."""
    names = [token.text for token in file.new_tokens if token.line in file.added and token.sort in ("name", "field")]
    return symbol.name in names


def _takes_the_same(old: Symbol, new: Symbol, file: PatchedFile) -> bool:
    """Whether whoever calls the old one may call the new one: same parameters, perhaps more that have defaults."""
    before = _parameters(inside(file.old_tokens, old.start, old.end), old.name)
    after = _parameters(inside(file.new_tokens, new.start, new.end), old.name)
    names = [parameter.partition(" ")[0] for parameter in after]
    kept = [parameter.partition(" ")[0] for parameter in before]
    extra = [parameter for parameter in after if parameter.partition(" ")[0] not in kept]
    in_order = [name for name in names if name in kept] == kept
    return in_order and all("=" in parameter.split(" ") or parameter.startswith("*") for parameter in extra)


def _parameters(found: list[Token], name: str) -> list[str]:
    """What stands between the parentheses after a name, split at commas: each as words with blanks between them."""
    code = without_comments(found)
    at = next((number for number, token in enumerate(code) if token.text == name), len(code))
    depth, parts = 0, [[]]  # type: tuple[int, list[list[str]]]
    for token in code[at + 1 :]:
        depth -= token.text in (")", "]", "}")
        if depth == 1 and token.text == ",":
            parts.append([])
        elif depth >= 1:
            parts[-1].append(token.text)
        depth += token.text in ("(", "[", "{")
        if not depth:
            break
    return [" ".join(words) for words in parts if words]
