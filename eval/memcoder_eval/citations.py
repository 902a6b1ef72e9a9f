"""Commits that cite an earlier one in their message: what a memory that works should find again by itself.

A pair is a later commit and the one that it cites by hash: what it takes back, repairs or follows. Copies
(cherry-picks, back- and forward-ports) cite what they copy, which is no question, and are left out.
"""

import re
from typing import Any, Literal

from memcoder import HashIndex, MemoryStore, Repository

HASH = re.compile(r"(?<![\w/#@.-])(?=[0-9a-f]*\d)[0-9a-f]{7,64}(?![\w/@-])")
COPY = re.compile(r"(cherry[- ]?pick|back-?port|forward-?port|git-svn-id|merged? (from|commit))", re.IGNORECASE)
LEAD = (
    r"(?:(?:follow(?:s|ed|ing)?[- ]?up|followup|regression|bug|broken|introduced|added|fix(?:es|ed|up)?|reverts?|"
    r"reverted|this reverts|partially reverts|refs?|see|since|changed|removed|amends?)\s+)?"
    r"(?:(?:to|in|of|by|from|since|for|after|and|with|the)\s+)*(?:commits?|sha|changeset|rev(?:ision)?)?\s*[:(\[]?\s*"
)
QUOTE = r"(?:\s*\(?[\"“][^\"”\n]{3,200}[\"”]\)?)?"
"""The cited subject, as the kernel's custom adds it."""
REVERT = re.compile(r"^\s*(revert|back ?out|undo)\b|\bthis reverts commit\b", re.IGNORECASE)
TRAILER = re.compile(r"^[A-Z][A-Za-z]+(?:-[a-z]+)+: .*$", re.MULTILINE)
ISSUE = re.compile(r"(?:\b(?:refs?|fix(?:e[sd])?|closes?|issue|pr|see)\s+)?\(?(?:gh-|#)\d+\)?", re.IGNORECASE)
LINK = re.compile(r"\S+://\S+")
FEWEST_WORDS = 4
"""What is left of a message must ask something."""

Relation = Literal["revert", "follow-up"]


def cited_hashes(message: str) -> list[str]:
    """Hashes in a message, in its order, but for those of lines that tell of a copy."""
    lines = [line for line in message.splitlines() if not COPY.search(line)]
    return list(dict.fromkeys(HASH.findall("\n".join(LINK.sub(" ", line) for line in lines))))


def relation(message: str) -> Relation:
    """Whether a message takes the cited commit back, or goes on from it."""
    return "revert" if REVERT.search(message) else "follow-up"


def question(message: str, cited: str) -> str:
    """What a later commit's message says, without hashes, what introduces them, numbers of issues, links, trailers, and
    any line of the cited message that it quotes; of a revert, without its subject. May be empty."""
    text = message.strip()
    if relation(message) == "revert":
        text = text.partition("\n")[2]
        text = re.sub(r"this (?:partially )?reverts[^\n]*(?:\n[^\n]+)??[0-9a-f]{7,64}[^\n]*", " ", text, flags=re.I)
    for line in sorted(filter(lambda line: len(line) > 12, map(str.strip, cited.splitlines())), key=len, reverse=True):
        text = text.replace(line, " ")
    text = TRAILER.sub(" ", LINK.sub(" ", text))
    text = re.sub(LEAD + HASH.pattern + QUOTE + r"[)\]]?[.,;:]?", " ", text, flags=re.IGNORECASE)
    text = ISSUE.sub(" ", text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if re.search(r"\w", line))


def candidates(store: MemoryStore) -> list[dict[str, str]]:
    """Commits of a store that cite exactly one other known commit, with the relation and the question that is left."""
    messages = {memory.id: memory.message for memory in store.all("commit") if memory.change.kind != "merge"}
    ids = HashIndex(messages)
    found = []
    for later, message in messages.items():
        known = {one for text in cited_hashes(message) if (one := ids.resolve(text)) and one != later}
        if len(known) != 1:
            continue
        cited = known.pop()
        asked = question(message, messages[cited])
        if len(re.findall(r"[^\W\d_]{2,}", asked)) >= FEWEST_WORDS:
            found.append({"later": later, "cited": cited, "relation": relation(message), "query": asked})
    return found


def as_pair(repo: Repository, candidate: dict[str, str]) -> dict[str, Any] | None:
    """The candidate with the commit as of which it is asked, the first parent; None where the cited commit is not among
    that one's ancestors, as on another branch."""
    parent = repo.resolve(f"{candidate['later']}^1")
    return {**candidate, "as_of": parent} if repo.is_ancestor(candidate["cited"], parent) else None


def cited_ids(store: MemoryStore) -> set[str]:
    """Commits that a later one cites."""
    return {candidate["cited"] for candidate in candidates(store)}
