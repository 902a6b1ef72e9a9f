"""Text of others, before it is worked on: what a reader of the page would not see is taken out, and said to be.

Code blocks and code spans stay as they are, but for characters that nobody sees: there a reader sees everything.
Sources of what is hidden: anthropics/claude-code-action (src/github/utils/sanitizer.ts), the GFM specification.
"""

import re
from collections import Counter
from dataclasses import dataclass

from memcoder import unseen

TITLE, BODY, COMMENT = 300, 20_000, 4_000
"""Characters that are kept of each."""
ATTRIBUTE = r"""(?:"[^"]*"|'[^']*'|[^'"<>])"""
TITLED = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\))"""
CODE = r"""
    (?P<fence>^\ {0,3}(?P<mark>`{3,}+|~{3,}+)[^\n]*\n(?:.*?\n)??\ {0,3}(?P=mark)[`~]*[ \t]*(?:\n|\Z))
    |(?P<span>(?<!`)(?P<tick>`++)[^\n]+?(?<!`)(?P=tick)(?!`))
    |"""
HIDDEN = rf"""
    (?P<comment><!--.*?(?:-->|\Z))
    |(?P<instruction><\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<![a-z][^>]{{0,500}}>)
    |(?P<unshown><(?P<tag>script|style|template|noscript|title|textarea|iframe)\b.*?(?:</(?P=tag)\s*>|\Z))
    |(?P<image>!\[(?:[^\[\]]|\[[^\[\]]*\])*\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])?)
    |(?P<picture></?(?:img|picture|source|video|audio|svg|object|embed)\b{ATTRIBUTE}*>)
    |(?P<element></?(?P<name>[a-z][a-z0-9-]*)(?=[\s/]){ATTRIBUTE}*>)
    |(?P<definition>^\ {{0,3}}\[(?:[^\[\]\\]|\\.)+\]:[ \t]*\n?[ \t]*(?:<[^>\n]*>|\S+)
        (?:\s+{TITLED})?[ \t]*$)
    |(?P<titled>\]\(\s*(?P<address><[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)\s+{TITLED}\s*\))
    """
PREFORMATTED = re.compile("<pre", re.IGNORECASE)
PARAGRAPH = 1_000
"""Characters of a paragraph before a piece of code in it; after more of them it is not taken for code."""
FLAGS = re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE
HIDING, HIDING_IN_CODE = re.compile(CODE + HIDDEN, FLAGS), re.compile(HIDDEN, FLAGS)
MARKUP_LINE = re.compile(r"^[\s>*+.)\d-]*<[a-z/]", re.MULTILINE | re.IGNORECASE)
"""A line at which a block of HTML may begin, in which there is no Markdown until a blank line."""
SHOWN = {
    "comment": "[a hidden comment was removed]",
    "instruction": "[a hidden element was removed]",
    "unshown": "[a hidden element was removed]",
    "image": "[image]",
    "picture": "[image]",
    "definition": "[a hidden link definition was removed]",
}
"""What stands in the place of each."""


@dataclass(frozen=True)
class Clean:
    """A text that hides nothing, and what was done to it."""

    text: str
    notes: tuple[str, ...] = ()


def sanitise(text: str, most: int = BODY) -> Clean:
    """At most so many characters of a text, without what a reader of the page would not see."""
    counts: Counter[str] = Counter()
    cut = text[: 4 * most]
    seen = _seen(cut.replace("\r\n", "\n").replace("\r", "\n"), counts)
    for _ in range(3):  # what is taken out may put together what was apart
        shown = HIDING.sub(lambda found: _shown(found, counts), seen)
        if shown == seen:
            break
        seen = shown
    if len(seen) > most or len(cut) < len(text):
        counts["cut"] = 1
        seen = f"{seen[:most].rstrip()}\n[the rest was cut off]"
    return Clean(seen.strip(), tuple(_told(what, count) for what, count in counts.items()))


def one_line(text: str, most: int = TITLE) -> Clean:
    """A title, or the name of a branch: one line in which nothing is hidden."""
    made = sanitise(" ".join(text.split()), most)
    return Clean(" ".join(made.text.split()), made.notes)


def _seen(text: str, counts: Counter[str]) -> str:
    """The text without characters that nobody sees: they may hide words, or turn the order of others."""
    kept = "".join(char for char in text if char in "\n\t" or not unseen(char) or char.isspace())
    plain = "".join(char if char in "\n\t" or not char.isspace() else " " for char in kept)
    if len(plain) < len(text):
        counts["unseen"] += len(text) - len(plain)
    return plain


def _shown(found: "re.Match[str]", counts: Counter[str]) -> str:
    groups = found.groupdict()
    what = next(name for name in WHOLE if groups.get(name) is not None)
    if what in ("fence", "span"):
        return found[0] if _is_code(found) else HIDING_IN_CODE.sub(lambda inner: _shown(inner, counts), found[0])
    if what == "element":
        counts["attributes"] += 1
        return f"<{'/' if found[0].startswith('</') else ''}{found['name']}>"
    if what == "titled":
        counts["attributes"] += 1
        return f"]({found['address']})"
    counts[what] += 1
    return SHOWN[what]


def _is_code(found: "re.Match[str]") -> bool:
    """Whether GitHub shows it as code: inside of a block of HTML it is none, and a comment in it is hidden."""
    text, start = found.string, found.start()
    if PREFORMATTED.search(text, 0, start):
        return False
    begun = max(text.rfind("\n\n", 0, start), 0)
    first = found[0].partition("\n")[0]
    return start - begun < PARAGRAPH and not MARKUP_LINE.search(text[begun:start] + first)


WHOLE = ("fence", "span", "comment", "instruction", "unshown", "image", "picture", "element", "definition", "titled")
WORDS = {
    "unseen": "invisible character",
    "comment": "hidden comment",
    "instruction": "hidden element",
    "unshown": "hidden element",
    "image": "image",
    "picture": "image",
    "definition": "link definition",
    "attributes": "hidden attribute or link title",
}


def _told(what: str, count: int) -> str:
    if what == "cut":
        return "the end was cut off"
    return f"{count} {WORDS[what]}{'s' if count > 1 else ''} removed"
