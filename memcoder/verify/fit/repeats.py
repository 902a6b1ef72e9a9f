"""New code that nearly repeats a function which the project has already, named with its place.

Two pieces of code are compared by runs of four tokens in which variables are alike (clones of type 2 and 3; Roy, Cordy
and Koschke, Science of Computer Programming 2009): an existing function is repeated where nearly all of its body's runs
stand in the added lines of one file.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from memcoder.history.blobs import BlobReader
from memcoder.history.symbols import Symbol, language_of, symbols
from memcoder.history.tokens import tokens
from memcoder.memory.conventions.paths import Layout
from memcoder.records import Finding
from memcoder.verify.fit.meaning import body_of, inside, shingles
from memcoder.verify.fit.patched import Patched, PatchedFile, touches
from memcoder.verify.fit.weights import several
from memcoder.wording import listed

LEAST = 15
"""Runs of a function's body; shorter ones are alike by chance."""
SHARE = 0.8
"""Of an existing function's runs that must stand in the added lines."""
CACHED = 256
"""Files whose functions are kept: a patch is looked at more than once."""
FILES_LIMIT = 5_000
"""Source files that are looked at."""


class Block(NamedTuple):
    """Added source lines of one file: its runs, and words that whoever repeats it shares."""

    path: str
    line: int
    runs: frozenset[tuple[str, ...]]
    words: frozenset[bytes]
    language: str | None


class Repeat(NamedTuple):
    """An existing function, and where it is repeated."""

    place: str
    function: str
    at: str
    share: float


def repeat_findings(patched: Patched, layout: Layout) -> Iterator[Finding]:
    """One finding that names every existing function of the product that the added lines nearly repeat."""
    blocks = [block for file in patched.files if layout.role(file.path) == "source" and (block := _block(file))]
    found = [repeat for block in blocks for repeat in _repeats(patched, block, layout)]
    if found:
        told = listed([f"{one.at} repeats {one.function} ({one.place}) to {one.share:.0%}" for one in found])
        yield Finding(
            kind="repeat",
            outcome="broken",
            line=f"New code nearly repeats what is there: {told}",
            places=tuple(one.place for one in found),
            weight=several(len(found)),
        )


def _block(file: PatchedFile) -> Block | None:
    """The added lines of a file; None where they are too few to repeat anything."""
    new = [token for token in file.new_tokens if token.line in file.added]
    runs = shingles(new) - shingles(token for token in file.old_tokens if token.line in file.deleted)
    if len(runs) < SHARE * LEAST:
        return None
    words = frozenset(token.text.encode() for token in new if token.sort in ("field", "call") and len(token.text) > 2)
    return Block(file.path, new[0].line, runs, words, language_of(file.path))


def _repeats(patched: Patched, block: Block, layout: Layout) -> Iterator[Repeat]:
    for path, source, standing in _sources(patched, block, layout):
        for symbol, runs in _functions(path, source):
            share = len(runs & block.runs) / len(runs)
            if share >= SHARE and standing(symbol):
                yield Repeat(f"{path}:{symbol.start}", symbol.qualified, f"{block.path}:{block.line}", share)


@lru_cache(CACHED)
def _functions(path: str, source: bytes) -> tuple[tuple[Symbol, frozenset[tuple[str, ...]]], ...]:
    """A file's functions that are long enough to be repeated, each with the runs of its body."""
    found = tokens(path, source)
    bodies = [(symbol, shingles(body_of(inside(found, symbol.start, symbol.end))))
              for symbol in symbols(path, source) if symbol.kind != "class"]  # fmt: skip
    return tuple((symbol, runs) for symbol, runs in bodies if len(runs) >= LEAST)


def _sources(patched: Patched, block: Block, layout: Layout) -> Iterator[tuple[str, bytes, Callable[[Symbol], bool]]]:
    """Product files of the block's language that share its words, as the patch leaves them; and which of their
    functions were there before."""
    tree = patched.repo.tree(patched.base)
    touched = {file.path: file for file in patched.files}
    least = min(2, len(block.words))
    paths = [path for path in tree if language_of(path) == block.language and layout.role(path) == "source"]
    with BlobReader(patched.repo.path) as blobs:
        for path in paths[:FILES_LIMIT]:
            file = touched.get(path)
            source = (file.new or "").encode() if file else blobs.read(tree[path]) or b""
            if sum(word in source for word in block.words) >= least:
                yield path, source, _standing(file)


def _standing(file: PatchedFile | None) -> Callable[[Symbol], bool]:
    """Whether a function is as it was before the patch."""
    if file is None:
        return lambda symbol: True
    return lambda symbol: not touches(file.added, symbol)
