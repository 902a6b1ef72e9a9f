"""What a commit message says of itself: subject, body, trailers, and what it cites.

Every pattern runs in time linear in the message: repetitions are bounded, or followed by what they cannot match.
"""

import re
from dataclasses import dataclass
from typing import Literal

Way = Literal["reverts", "cherry_picked_from", "follows_up", "cites"]

TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(\S.*)?")
GIT_TRAILERS = ("Signed-off-by: ", "(cherry picked from commit ")
"""What git itself writes, and what alone makes a paragraph with other lines one of trailers."""
REFERENCE = re.compile(
    r"(?<![\w/&#-])(?:#|[Gg][Hh]-)(?P<number>\d{1,9})(?![\w-])"
    r"|https?://[\w.-]{1,100}/[\w.-]{1,100}/[\w.-]{1,100}/(?:-/)?(?P<kind>issues|pull|pulls|merge_requests)/(?P<url>\d{1,9})\b"
    r"|https?://[\w.-]{1,100}/ticket/(?P<ticket>\d{1,9})\b"
)
MERGE = re.compile(r"Merge pull request #(\d{1,9}) from (\S{1,300})")
SQUASH = re.compile(r"\(#(\d{1,9})\)[ \t]*$")
CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[ \t]{0,4}:?[ \t]{0,4}"
    r"((?:(?:#|[Gg][Hh]-)\d{1,9}(?:[ \t]{0,4}(?:,|and|&)[ \t]{0,4}(?:and[ \t]{1,4})?)?){1,20})",
    re.I,
)
URL_CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[ \t]{0,4}:?[ \t]{0,4}https?://[\w.-]{1,100}/\S{1,200}?/(\d{1,9})\b",
    re.I,
)
HASH = re.compile(r"(?<![\w/.@-])([0-9a-f]{7,64})(?![\w@-])")
"""A word of hexadecimal digits; git prints seven at least. (One of decimal digits alone is taken for a number.)"""
LINKED = re.compile(r"https?://[\w.-]{1,100}/[\w.-]{1,100}/[\w.-]{1,100}/(?:-/)?commit/([0-9a-f]{7,64})\b")
CHERRY = re.compile(r"\(cherry[ -]picked from commit ([0-9a-f]{7,64})", re.I)
BACKPORT = re.compile(r"\bbackport(?:ed)? (?:of|from)(?: commit)?[ \t]+\[?([0-9a-f]{7,64})\b", re.I)
REVERT = re.compile(r"\brevert(?:s|ed|ing)?\b[^\n]{0,60}$", re.I)
FOLLOW = re.compile(
    r"\b(?:fix(?:es|ed|up)?|follow[- ]?ups?|regression|introduced|broken?|broke|caused|since|missed|forgotten|after"
    r"|amends?|corrects?)\b[^\n]{0,60}$",
    re.I,
)
BEFORE = 80
"""Characters before a hash that say what it is cited for; they may lie on the line before."""
MESSAGE_LIMIT = 100_000
"""Characters of a message that are read for references; what is longer is a log, not a message."""


@dataclass(frozen=True)
class Citation:
    """A commit that a message names, by a full or a short hash, and what for."""

    hash: str
    way: Way


@dataclass(frozen=True)
class Message:
    """A commit message in its parts."""

    subject: str
    """First paragraph on one line."""
    body: str
    """What stands between subject and trailers."""
    trailers: tuple[tuple[str, str], ...]
    """(key, value) as written, in order, e.g. `("Co-authored-by", "A <a@b.c>")`."""
    references: tuple[int, ...]
    """Numbers of issues and pull requests, each once, in order."""
    closes: tuple[int, ...]
    """Those that the commit says it fixes, closes or resolves (also django's `Fixed #123 --`)."""
    pull_request: int | None
    """The pull request that it is: `Merge pull request #123 from`, or a squash's subject that ends in `(#123)`."""
    citations: tuple[Citation, ...]
    """Commits named by hash, each once, in order."""


def parse_message(message: str) -> Message:
    """A commit message's parts; any text has them, perhaps empty."""
    text = message.replace("\r\n", "\n").strip()[:MESSAGE_LIMIT]
    first, _, rest = text.partition("\n\n")
    subject = " ".join(first.split())
    body, trailers = _split_trailers(rest.strip("\n"))
    return Message(
        subject=subject,
        body=body,
        trailers=trailers,
        references=tuple(dict.fromkeys(_references(text))),
        closes=tuple(dict.fromkeys(_closes(text))),
        pull_request=_pull_request(subject),
        citations=tuple(_citations(text)),
    )


def _split_trailers(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """git's rule, simplified: the last paragraph if all of it is trailers, or a quarter with one that git writes."""
    before, _, last = text.rpartition("\n\n")
    lines = last.split("\n")
    trailers: list[tuple[str, str]] = []
    others = 0
    for line in lines:
        if trailers and line[:1] in (" ", "\t") and line.strip():
            key, value = trailers[-1]
            trailers[-1] = (key, f"{value} {line.strip()}")
        elif match := TRAILER.fullmatch(line.rstrip()):
            trailers.append((match[1], (match[2] or "").strip()))
        elif not line.startswith(GIT_TRAILERS):
            others += 1
    git_made = any(line.startswith(GIT_TRAILERS) for line in lines)
    if trailers and (not others or (git_made and 3 * len(trailers) >= others)):
        return before.strip("\n"), tuple(trailers)
    return text, ()


def _references(text: str) -> list[int]:
    return [int(match["number"] or match["url"] or match["ticket"]) for match in REFERENCE.finditer(text)]


def _closes(text: str) -> list[int]:
    found = [
        (match.start(), int(number)) for match in CLOSING.finditer(text) for number in re.findall(r"\d+", match[1])
    ]
    found += [(match.start(), int(match[1])) for match in URL_CLOSING.finditer(text)]
    return [number for _, number in sorted(found, key=lambda pair: pair[0])]


def _pull_request(subject: str) -> int | None:
    match = MERGE.match(subject) or SQUASH.search(subject[-40:])
    return int(match[1]) if match else None


def _citations(text: str) -> list[Citation]:
    found: dict[str, tuple[int, Way]] = {}
    for pattern in (CHERRY, BACKPORT):
        for match in pattern.finditer(text):
            found.setdefault(match[1], (match.start(1), "cherry_picked_from"))
    for pattern in (HASH, LINKED):
        for match in pattern.finditer(text):
            if match[1] not in found and not _is_number(match[1]):
                found[match[1]] = (match.start(1), _way(text[max(0, match.start() - BEFORE) : match.start()]))
    ordered = sorted(found.items(), key=lambda item: item[1][0])
    return [Citation(digest, way) for digest, (_, way) in ordered]


def _way(before: str) -> Way:
    """What a hash is cited for, by the words before it in its sentence."""
    said = re.split(r"[.;](?:\s|$)|\n\n", before)[-1].replace("\n", " ")
    if REVERT.search(said):
        return "reverts"
    return "follows_up" if FOLLOW.search(said) else "cites"


def _is_number(word: str) -> bool:
    """A word of digits is a date, a size or a ticket; one of letters alone, such as `defaced`, is a word."""
    return len(word) < 40 and (word.isdigit() or word.isalpha())
