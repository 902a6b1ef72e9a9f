"""Whether a model's answer may become part of a memory: it fails closed.

The check keeps invention and rubbish out. It is no defence against a hostile commit: what that says is data for
whoever reads the memory, distilled or not, and stands in a marked block.
"""

import json
import re

from pydantic import ValidationError

from memcoder.memory.distill.fields import HINTS, SENTENCE_LIMIT, Fields
from memcoder.memory.distill.names import Ground
from memcoder.models.base import Reply
from memcoder.prompts import unbroken
from memcoder.records import Memory, Record

FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.DOTALL)
LINK = re.compile(r"\w://|\bwww\.|\bmailto:|\]\(", re.IGNORECASE)
ORDER = re.compile(
    r"\b(you|your|yours|please|assistant|system prompt)\b"
    r"|\b(ignore|disregard|forget|override)\b.{0,40}\b(instructions?|previous|above|prior|prompts?|rules)\b",
    re.IGNORECASE,
)
"""Words to a reader; a description of a commit needs none of them."""
RAW = re.compile(r"^\s*[-+]\s+\w|^\+\w|^@@|diff --git|</?data|<\||\b(signed-off-by|co-authored-by):", re.IGNORECASE)
SAME = 0.9
"""Share of words in common at which two sentences say the same."""


class Fault(Record):
    """Why an answer was refused."""

    kind: str
    """`not json`, `schema`, `cut off`, `unprintable`, `unknown name`, `repeats`, `subject only`, `instruction`,
    `link`, `copied` or `placeholder`."""
    detail: str = ""
    """The field or the name at fault, as the model wrote it: data."""


def read(reply: Reply, memory: Memory, ground: Ground) -> tuple[Fields | None, tuple[Fault, ...]]:
    """The fields of an answer, or what is wrong with it: one of the two is empty."""
    if reply.finish == "length":
        return None, (Fault(kind="cut off"),)
    text = unbroken(reply.text).strip()
    fenced = FENCE.match(text)
    text = fenced[1] if fenced else text
    try:
        fields = Fields.model_validate_json(text)
    except ValidationError as error:
        return None, (_refusal(text, error),)
    found = faults(fields, memory, ground)
    return (None, found) if found else (fields, ())


def faults(fields: Fields, memory: Memory, ground: Ground) -> tuple[Fault, ...]:
    """All that speaks against fields as a description of this commit."""
    found = [Fault(kind=kind, detail=text) for text in (*fields.keywords, *fields.sentences) for kind in _plain(text)]
    names = (name for text in (*fields.keywords, *fields.sentences) for name in ground.missing(text))
    found += [Fault(kind="unknown name", detail=name) for name in dict.fromkeys(names)]
    found += _repetition(fields, memory.subject)
    return tuple(found)


def _refusal(text: str, error: ValidationError) -> Fault:
    try:
        json.loads(text)
    except ValueError:
        return Fault(kind="not json")
    first = error.errors()[0]
    return Fault(kind="schema", detail=f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"[:200])


def _plain(text: str) -> list[str]:
    """What is wrong with one text, whatever the commit."""
    checks = {
        "unprintable": not text.isprintable(),
        "link": LINK.search(text),
        "instruction": ORDER.search(text),
        "copied": RAW.search(text),
        "placeholder": _words(text) in [_words(hint) for hint in HINTS.values()],
        # A server that is held to the schema ends a long sentence in the middle.
        "cut off": len(text) >= SENTENCE_LIMIT and text[-1] not in ".!?",
    }
    return [kind for kind, wrong in checks.items() if wrong]


def _repetition(fields: Fields, subject: str) -> list[Fault]:
    said = [set(_words(text)) for text in fields.sentences]
    if all(words <= set(_words(subject)) for words in said):
        return [Fault(kind="subject only")]
    pairs = (("problem", 0, 1), ("problem", 0, 2), ("root_cause", 1, 2))
    return [Fault(kind="repeats", detail=name) for name, one, two in pairs if _alike(said[one], said[two])][:1]


def _alike(one: set[str], two: set[str]) -> bool:
    return len(one & two) >= SAME * len(one | two)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
