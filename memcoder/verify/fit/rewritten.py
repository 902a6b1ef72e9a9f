"""Functions that a patch rewrites without changing what they do: layout, comments, names of locals, quotes."""

from collections.abc import Iterator

from memcoder.history.symbols import Symbol
from memcoder.memory.conventions.paths import Layout
from memcoder.records import Finding
from memcoder.verify.fit.meaning import essence, inside
from memcoder.verify.fit.patched import Patched, PatchedFile, touches
from memcoder.verify.fit.weights import parted, several
from memcoder.wording import listed


def rewritten_findings(patched: Patched, layout: Layout) -> Iterator[Finding]:
    """One finding of the product, one of its tests: every function which says the same and yet was touched."""
    touched = [(file.path, symbol) for file in patched.files for symbol in _rewritten(file)]
    for part, found in parted(touched, lambda pair: pair[0], layout):
        names = listed([symbol.qualified for _, symbol in found])
        yield Finding(
            kind="rewritten",
            outcome="broken",
            line=f"Functions are rewritten that do what they did before: {names}",
            places=tuple(f"{path}:{symbol.start}" for path, symbol in found),
            weight=several(len(found)),
            about=part,
        )


def _rewritten(file: PatchedFile) -> Iterator[Symbol]:
    if file.old is None or file.new is None:
        return
    before = _functions(file.old_symbols)
    for name, symbol in _functions(file.new_symbols).items():
        old = before.get(name)
        touched = old and (touches(file.added, symbol) or touches(file.deleted, old))
        if old and touched and essence(inside(file.old_tokens, old.start, old.end)) == essence(
            inside(file.new_tokens, symbol.start, symbol.end)
        ):  # fmt: skip
            yield symbol


def _functions(found: list[Symbol]) -> dict[str, Symbol]:
    """Functions by qualified name; of several with one name the last."""
    return {symbol.qualified: symbol for symbol in found if symbol.kind != "class"}
