"""Names that enclose a change, as git itself tells them: no file is read and nothing is parsed.

git puts the line of the function above a hunk into the hunk's header; which lines are such lines it knows for many
languages (gitattributes, "Defining a custom hunk-header"), and our `attributes` file says which language a path is in.
To these come the definitions that the hunk itself shows. The names are those of the source line, mostly unqualified;
`touched.py` finds the qualified ones, at the price of parsing.
"""

import re
from functools import cache

from memcoder.history.git import ATTRIBUTES

NAMES_LIMIT = 200
"""Names of one file of one commit that are kept."""
CALLS = rb"(?!(?:if|else|for|while|switch|catch|return|throw|new|do|try|with|case|await|yield|assert|delete|goto)\b)"
"""What looks like a function's head and is none."""
C_LIKE = CALLS + rb"(?:[\w<>\[\],.?@:~]+[ \t*&]+){1,6}([\w:~]+)[ \t]*\("
CLASS = rb"(?:\w+[ \t]+){0,6}(?:class|interface|enum|record|struct|union|namespace|object|trait)[ \t]+(\w+)"
DEFINITIONS = {
    "python": rb"(?:async[ \t]+)?(?:def|class|cdef class|cpdef)[ \t]+(\w+)",
    "ruby": rb"(?:class|module|def)[ \t]+(?:self\.)?([\w:]+[?!=]?)",
    "golang": rb"func[ \t]+(?:\((?:\w+[ \t]+)?\*?(\w+)[^)\n]*\)[ \t]*)?(\w+)|type[ \t]+(\w+)[ \t]",
    "rust": rb"(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:(?:default|async|const|unsafe|extern|\"\w*\")[ \t]+){0,5}"
    rb"(?:fn|struct|enum|union|trait|mod)[ \t]+(\w+)"
    rb"|impl\b(?:<[^\n]{0,80}?>)?[ \t]+(?:[^\n{]{1,80}?[ \t]for[ \t]+)?(?:\w+::){0,5}(\w+)",
    "java": CLASS + rb"|" + C_LIKE,
    "csharp": CLASS + rb"|" + C_LIKE,
    "cpp": CLASS + rb"|" + C_LIKE + rb"|(\w[\w:~]*::~?\w+)[ \t]*\(",
    "php": rb"(?:\w+[ \t]+){0,4}(?:function|class|interface|trait|enum)[ \t]+&?(\w+)",
    "kotlin": rb"(?:\w+[ \t]+){0,6}(?:fun|class|interface|object)[ \t]+(?:<[^>\n]*>[ \t]*)?(?:\w+\.){0,5}(\w+)",
    "elixir": rb"(?:def|defp|defmodule|defmacro|defmacrop|defprotocol|defimpl)[ \t]+([\w.]+[?!]?)",
    "bash": rb"(?:function[ \t]+)?([\w-]+)[ \t]*\([ \t]*\)|function[ \t]+([\w-]+)",
    "perl": rb"(?:sub|package)[ \t]+([\w:]+)",
    "javascript": rb"(?:(?:export|default|declare|abstract|async)[ \t]+){0,4}"
    rb"(?:function\b\*?|class|interface|enum|namespace)[ \t]+([\w$]+)"
    rb"|(?:export[ \t]+)?(?:const|let|var)[ \t]+([\w$]+)[^=\n]{0,80}=[ \t]*(?:async[ \t]*)?"
    rb"(?:function\b|\(|[\w$]+[ \t]*=>)"
    rb"|" + CALLS + rb"(?:(?:public|private|protected|static|async|get|set|override)[ \t]+){0,4}"
    rb"(#?[A-Za-z_$][\w$]*)[ \t]*\(",
}
"""By git's name of the driver: the head of a definition, its name in the last group that matched (Go's receiver and
Rust's are taken along). Every repetition is bounded or followed by what it cannot match, so that no line is slow."""
BODIES = {
    "java": rb"[^;\n]*(?=\n|\Z)",
    "csharp": rb"[^;\n]*(?=\n|\Z)",
    "cpp": rb"[^;\n]*(?=\n|\Z)",
    "javascript": rb"[^;\n'\"`]*[{(][ \t]*(?=\n|\Z)",
}
"""How the line of a definition ends where its head alone may be a call's; git's own headers need no such check."""
HUNK = rb"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@ ?([^\n]*)(?:(?=\n(?: ([^\n]*)\n)*(?:[+-][ \t]*\n)*[+-]([^\n]{0,400})))?"
"""A hunk's header: the function above it, the last line of context, and the first changed line that is not blank."""


def driver_of(path: str) -> str | None:
    """git's driver for a path by our attributes file; None where there is none."""
    return _drivers().get(path[path.rfind(".") :].lower()) if "." in path else None


def enclosing_names(driver: str, hunks: bytes) -> tuple[str, ...]:
    """Names of the functions and classes around or in the changed lines of one file, in order, each once.

    `hunks` is the file's part of a patch, from the newline before its first `@@`.
    """
    definition = _definition(driver)
    found: dict[bytes, None] = {}
    for match in _scanner(driver).finditer(hunks):
        header, above, first, line = match.groups()
        if header and _outside(driver, above or b"", first or b""):
            continue
        named = definition.match((header or (line or b"")[1:]).lstrip())
        if named:
            found[b".".join(filter(None, named.groups()))] = None
            if len(found) == NAMES_LIMIT:
                break
    return tuple(name.decode("utf-8", "replace").replace("::", ".") for name in found)


def _outside(driver: str, above: bytes, first: bytes) -> bool:
    """Whether a change begins outside the function that git names: in or below a later definition, or at column 0."""
    begins, text = _beginning(driver), first.lstrip()
    if text.startswith(b"@") or begins.match(text) or begins.match(above.lstrip()):
        return True
    return driver == "python" and not first.startswith((b" ", b"\t", b")", b"]", b"}", b"#", b"\\"))


@cache
def _drivers() -> dict[str, str]:
    lines = (line.split() for line in ATTRIBUTES.read_text(encoding="utf-8").splitlines())
    return {pattern.removeprefix("*"): value.removeprefix("diff=") for pattern, value in lines}


@cache
def _definition(driver: str) -> "re.Pattern[bytes]":
    return re.compile(DEFINITIONS[driver])


@cache
def _beginning(driver: str) -> "re.Pattern[bytes]":
    return re.compile(_head(driver))


@cache
def _scanner(driver: str) -> "re.Pattern[bytes]":
    """Finds hunk headers, definitions that changed, and definitions in the context right above a change."""
    head = _head(driver)
    context = rb" [ \t]*" + head + rb"[^\n]*(?=\n(?: [^\n]*\n)?[+-])"
    return re.compile(rb"\n(?:" + HUNK + rb"|([+-][ \t]*" + head + rb"|" + context + rb"))")


def _head(driver: str) -> bytes:
    """The pattern of a definition's line, without groups."""
    plain = re.sub(rb"\((?!\?)", b"(?:", DEFINITIONS[driver].replace(rb"\(", b"\0")).replace(b"\0", rb"\(")
    return b"(?:" + plain + b")" + BODIES.get(driver, b"")
