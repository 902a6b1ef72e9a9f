"""A model's summary of a chain of evidence, of which only what cites the chain is kept."""

import re

from memcoder.models.base import LanguageModel, Sampling
from memcoder.prompts import chat, render
from memcoder.records import Usage, Why, WhyStep

SENTENCES = 6
SHORT = 10
"""Characters of a hash that the model is shown; longer and shorter beginnings are understood."""
STEPS = 12
"""Commits that a model is shown."""
TEXT_LIMIT = 600
"""Characters of one commit that a model is shown."""
TOKENS = 500
TOKEN = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b", re.IGNORECASE)
"""What looks like a hash: a word of hexadecimal digits, with a decimal one among them."""
END = re.compile(r"(?<=[.!?\]])\s+(?=[^\s\[(])")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


def summarise(found: Why, model: LanguageModel, *, timeout: float | None = None) -> tuple[Why, Usage]:
    """The answer with a summary by one call of a model, and what that cost; no call where there are no commits.

    A sentence that cites no commit of the answer, or one that is not in it, is dropped and counted in the notes.
    Raises as the model does.
    """
    if not found.steps:
        return found, Usage()
    reply = model.chat(chat(prompt(found)), Sampling(max_tokens=TOKENS, timeout=timeout))
    said = sentences(reply.text)
    kept = [sentence for sentence in said if is_cited(sentence, known_commits(found))][:SENTENCES]
    notes = found.notes
    if len(kept) < min(len(said), SENTENCES):
        notes = (*notes, f"{len(said) - len(kept)} of the model's {len(said)} sentences cited no commit here: dropped")
    return found.model_copy(update={"summary": tuple(kept), "notes": notes}), reply.usage


def prompt(found: Why) -> str:
    """What the model is asked: the commits, each in a marked block of its own."""
    place = found.place
    lines = f", lines {place.start} to {place.end}" if place.start else ""
    shown = [*found.steps[: STEPS - 1], found.steps[-1]] if len(found.steps) > STEPS else list(found.steps)
    return render(
        "why",
        place=f"{place.path}{lines} {place.symbol or ''}".strip(),
        steps=[{"short": step.sha[:SHORT], "text": _told(step)} for step in shown],
        facts=[
            f"{one.sha[:SHORT]} ({one.subject}) was reverted by {one.by[:SHORT]} ({one.by_subject})"
            for one in found.reverted[:STEPS]
        ],
        sentences=SENTENCES,
        example=found.steps[-1].sha[:SHORT],
    )


def known_commits(found: Why) -> set[str]:
    """Full hashes of every commit that the answer names."""
    named = {step.sha for step in found.steps} | {origin.sha for origin in found.elsewhere}
    for one in found.reverted:
        named |= {one.sha, one.by} | ({one.again} if one.again else set())
    return named


def sentences(text: str) -> list[str]:
    """An answer's sentences; a citation that follows the full stop stays with its sentence."""
    lines = (BULLET.sub("", line).strip() for line in text.splitlines())
    return [part for line in lines for part in END.split(line) if part]


def is_cited(sentence: str, known: set[str]) -> bool:
    """Whether a sentence cites a known commit, and no other."""
    named = [match.lower() for match in TOKEN.findall(sentence)]
    return bool(named) and all(any(sha.startswith(name) for sha in known) for name in named)


def _told(step: WhyStep) -> str:
    distilled = (("problem", step.problem), ("root cause", step.root_cause), ("solution", step.solution))
    facts = [f"{name}: {value}" for name, value in distilled if value]
    lines = [f"{step.did} +{step.added} -{step.deleted}", step.subject, step.body, *facts]
    return "\n".join(filter(None, lines))[:TEXT_LIMIT]
