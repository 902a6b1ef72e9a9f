"""What an issue's text says, taken apart: its title, its prose, the names, paths and stack frames in it."""

import re
from dataclasses import dataclass
from functools import cached_property

from memcoder.memory.terms import query_weights

LONGEST = 50_000
"""Characters of a query that are read."""
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
LINK = re.compile(r"https?://\S+")
VERSIONS = re.compile(
    r"^[ \t>*-]{0,20}"
    r"(?:[\w. -]{1,30}?(?::|==| v?=? ?)[ \t]{0,20}v?\d++\.\d++[\w.+-]*+|(?:os|system|platform|python)\b.{0,80})"
    r"[ \t]{0,20}$",
    re.I | re.M,
)
"""Lines of version listings, as bug templates ask for."""
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
CODE_LIKE = re.compile(r"_|[a-z][A-Z]|\.")
# Bounds, possessive quantifiers and the looks behind keep hostile text from costing the square of its length.
QUOTED = re.compile(r"(?<!`)`++([^`\n]{1,200})`++")
CALL = re.compile(r"\b([A-Za-z_][\w.]{0,200}+)\(")
PATH = re.compile(r"(?<![\w./\\-])[\w./\\-]+\.\w{1,4}\b")
FRAME = re.compile(r'File "([^"\n]{1,300})", line (\d+)(?:, in (\w+))?')
FRAME_SHORT = re.compile(r"^[ \t]*+(\S{1,200}\.py):(\d+):(?: in (\w+))?", re.M)
IMPORT = re.compile(r"^[ \t>]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w, \t*]+)|import[ \t]+([\w., \t]+))", re.M)


@dataclass(frozen=True)
class Query:
    """A query and what can be read off it."""

    text: str

    @cached_property
    def clean(self) -> str:
        """The text without HTML comments, links and version listings."""
        shown = COMMENT.sub(" ", self.text[:LONGEST])
        return VERSIONS.sub("", LINK.sub(" ", shown)).strip()

    @cached_property
    def title(self) -> str:
        """The first line."""
        return self.clean.partition("\n")[0]

    @cached_property
    def weights(self) -> dict[str, float]:
        """Terms of the whole query."""
        title, _, body = self.clean.partition("\n")
        return query_weights(title, body)

    @cached_property
    def title_weights(self) -> dict[str, float]:
        """Terms of the title alone."""
        return query_weights(self.title, "")

    @cached_property
    def names(self) -> dict[str, float]:
        """Names of code with how much they look like it: 1 for what is quoted, called or written as identifiers are.

        Dotted names come whole and with their last part; plain words count little.
        """
        found: dict[str, float] = {}
        sure = {part for span in QUOTED.findall(self.clean) for part in IDENTIFIER.findall(span)}
        sure |= set(CALL.findall(self.clean))
        titled = set(IDENTIFIER.findall(self.title))
        for name in dict.fromkeys(IDENTIFIER.findall(self.clean)):
            value = 1.0 if name in sure or CODE_LIKE.search(name) else 0.3 if name in titled else 0.1
            for part in {name, *name.split(".")}:
                found[part] = max(found.get(part, 0.0), value if part in (name, name.split(".")[-1]) else value / 2)
        return found

    @cached_property
    def frames(self) -> list[tuple[str, int, str]]:
        """(path, line, function) of stack traces, the innermost last."""
        found = [*FRAME.findall(self.text[:LONGEST]), *FRAME_SHORT.findall(self.text[:LONGEST])]
        return [(path.replace("\\", "/"), int(line), function) for path, line, function in found]

    @cached_property
    def paths(self) -> list[str]:
        """Paths that the text names, in order."""
        found = (path.replace("\\", "/").strip("./") for path in PATH.findall(self.text[:LONGEST]))
        return list(dict.fromkeys(path for path in found if path))

    @cached_property
    def imports(self) -> list[tuple[str, str]]:
        """(module, name) of import lines; the name is empty where a module is imported whole."""
        found = []
        for module, names, plain in IMPORT.findall(self.clean):
            found += [(module, name.split()[0]) for name in names.split(",") if name.split()]
            found += [(name.split()[0], "") for name in plain.split(",") if name.split()]
        return list(dict.fromkeys(found))
