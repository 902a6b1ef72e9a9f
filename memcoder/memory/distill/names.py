"""Which parts of a text claim to be names, and whether a commit bears the claim out.

A plain English word (letters, with inner hyphens or an apostrophe) is free. Everything else, whatever it is, must stand
in the commit: a path, `snake_case`, `CamelCase`, a dotted name, a call, an option, a number, and what is quoted.
A class with a name of one plain word, such as Cart, cannot be told from English and is free, unless it is quoted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memcoder.records import Memory

QUOTED = re.compile(r"`+([^`]+)`+")
CITED = re.compile(r"(?<!\w)['\"“‘]([^\s'\"“”‘’]+)['\"”’](?!\w)")
PIECE = re.compile(r"[^\s(),;\[\]{}]+\(?")
ENGLISH = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
HUMP = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
FREE = frozenset({"e.g", "i.e", "and/or", "i/o"})
OPENING, CLOSING = "\"'“‘*", ".,;:!?…\"'”’*"
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Ground:
    """All that a commit says: message, paths, symbols and diff."""

    text: str

    @classmethod
    def of(cls, memory: Memory) -> "Ground":
        """The ground that a memory's fields must stand on."""
        paths = (path for file in memory.change.files for path in (file.path, file.old_path) if path)
        symbols = (name for file in memory.change.files for name in file.symbols)
        parts = (memory.message, "\n".join(paths), "\n".join(symbols), memory.change.patch)
        return cls(SPACE.sub(" ", "\n".join(parts)))

    def has(self, name: str) -> bool:
        """Whether a name stands in the commit as a whole, not as a part of a longer one; case counts."""
        left = r"(?<!\w)" if re.match(r"\w", name) else ""
        right = r"(?!\w)" if re.search(r"\w$", name) else ""
        return re.search(left + re.escape(SPACE.sub(" ", name)) + right, self.text) is not None

    def missing(self, text: str) -> list[str]:
        """Names in a text that do not stand in the commit, in its order."""
        unknown = [name for name in _cited(text) if not self._bears(name)]
        plain = CITED.sub(" ", QUOTED.sub(" ", text))
        unknown += [name for name in names(plain) if not self.has(name)]
        return list(dict.fromkeys(unknown))

    def _bears(self, quoted: str) -> bool:
        """A quoted span: as it stands, or each of its parts."""
        return self.has(quoted) or all(self.has(part) for part in _parts(quoted))


def names(text: str) -> Iterator[str]:
    """The parts of an unquoted text that are no plain English."""
    for match in PIECE.finditer(text.replace("(s)", "s")):
        piece = match[0].lstrip(OPENING)
        called = piece.endswith("(")
        piece = piece.rstrip(CLOSING + "(").removesuffix("'s").removesuffix("’s")
        if any(char.isalnum() for char in piece) and (called or not _is_english(piece)):
            yield piece


def _cited(text: str) -> Iterator[str]:
    yield from (match[1].strip() for match in QUOTED.finditer(text) if match[1].strip())
    yield from (match[1] for match in CITED.finditer(QUOTED.sub(" ", text)))


def _parts(quoted: str) -> list[str]:
    """What stands between spaces, commas and brackets; never empty."""
    return [part for part in re.split(r"[\s(),;\[\]{}]+", quoted) if part] or [quoted]


def _is_english(piece: str) -> bool:
    if piece.lower() in FREE:
        return True
    return ENGLISH.fullmatch(piece) is not None and HUMP.search(piece) is None
