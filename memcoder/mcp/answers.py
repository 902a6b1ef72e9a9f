"""The shapes of the tools' answers: plain data, each piece with its commit, each text cut, the whole bounded."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from memcoder import Evidence, Memory, Place, Recall, Why
from memcoder.mcp.quote import field

ANSWER_LIMIT = 20_000
"""Characters of an answer, once as structured data and once as text."""
SHORT = 10
LINE = 200
"""Characters of a subject, path, name or piece of evidence."""
TEXT = 800
"""Characters of a message's body, or of a distilled field."""
FILES = 8
EVIDENCE = 4
PLACES = 15
CITED = 5
"""Commits that are cited for one count."""


class MemoryFact(BaseModel):
    """A memory, by the commit or the accepted fix that it comes from."""

    id: str
    """The commit's hash, shortened, or the memory's own id."""
    commits: list[str]
    """The commit that it was made at, and those that a counted convention was seen in."""
    kind: str
    change: str
    """Kind of change, e.g. fix or feature."""
    day: str
    subject: str
    text: str
    problem: str
    root_cause: str
    solution: str
    files: list[str]
    score: float
    evidence: list[str]


class PlaceFact(BaseModel):
    """A file, or a function in it, with the evidence that points there."""

    path: str
    symbol: str
    lines: str
    """`12-30`; empty for a whole file."""
    score: float
    evidence: list[str]


class RecallAnswer(BaseModel):
    """What memory and code say about a text."""

    as_of: str
    memories: list[MemoryFact]
    symbols: list[PlaceFact]
    files: list[PlaceFact]
    complete: bool
    notes: list[str]
    left_out: int
    """Items that the size limit left out."""


class StepFact(BaseModel):
    """A commit and what it did to the place."""

    commit: str
    day: str
    did: str
    subject: str
    text: str
    path: str
    before: str
    """Where the lines were before, if elsewhere."""
    change: str
    added: int
    deleted: int
    issues: list[str]
    problem: str
    root_cause: str
    solution: str


class RevertFact(BaseModel):
    """A commit that was taken back."""

    commit: str
    subject: str
    reverted_by: str
    reverting_subject: str
    reverted_again_by: str


class TogetherFact(BaseModel):
    """A file that changes with the place: `times` of `of` commits."""

    path: str
    times: int
    of: int
    test: bool
    commits: list[str]


class WhyAnswer(BaseModel):
    """Why a place is as it is, newest commit first."""

    place: str
    symbol: str
    as_of: str
    introduced_by: str
    """Empty where a limit came before it."""
    total: int
    """Commits found; `steps` holds the newest and the first of them."""
    steps: list[StepFact]
    reverted: list[RevertFact]
    together: list[TogetherFact]
    fixes: list[MemoryFact]
    complete: bool
    notes: list[str]
    left_out: int


class ConventionsAnswer(BaseModel):
    """What a project expects, counted from its history or written in it."""

    conventions: list[MemoryFact]
    left_out: int


Answer = TypeVar("Answer", RecallAnswer, WhyAnswer, ConventionsAnswer)


def recall_answer(found: Recall) -> RecallAnswer:
    """The answer of the tool `recall`."""
    return RecallAnswer(
        as_of=found.as_of[:SHORT],
        memories=[_memory(item.memory, item.score, _evidence(item.evidence)) for item in found.memories],
        symbols=[_place(place) for place in found.symbols[:PLACES]],
        files=[_place(place) for place in found.files[:PLACES]],
        complete=found.complete,
        notes=[field(note, LINE) for note in found.notes],
        left_out=max(0, len(found.symbols) - PLACES) + max(0, len(found.files) - PLACES),
    )


def why_answer(found: Why) -> WhyAnswer:
    """The answer of the tool `why`."""
    lines = f":{found.place.start}-{found.place.end}" if found.place.start else ""
    steps = [
        StepFact(
            commit=step.sha[:SHORT],
            day=_day(step.time),
            did=step.did,
            subject=field(step.subject, LINE),
            text=field(step.body, TEXT),
            path=field(step.path, LINE),
            before=field(step.old_path or "", LINE),
            change=step.kind,
            added=step.added,
            deleted=step.deleted,
            issues=[field(issue, LINE) for issue in step.issues],
            problem=field(step.problem or "", TEXT),
            root_cause=field(step.root_cause or "", TEXT),
            solution=field(step.solution or "", TEXT),
        )
        for step in found.steps
    ]
    reverted = [
        RevertFact(
            commit=one.sha[:SHORT],
            subject=field(one.subject, LINE),
            reverted_by=one.by[:SHORT],
            reverting_subject=field(one.by_subject, LINE),
            reverted_again_by=(one.again or "")[:SHORT],
        )
        for one in found.reverted
    ]
    together = [
        TogetherFact(
            path=field(one.path, LINE),
            times=one.times,
            of=one.of,
            test=one in found.tests,
            commits=[sha[:SHORT] for sha in one.commits[:CITED]],
        )
        for one in (*found.together, *found.tests)
    ]
    elsewhere = [
        field(f"{one.sha[:SHORT]} first wrote {one.lines} of these lines, in {one.path}", LINE)
        for one in found.elsewhere
    ]
    return WhyAnswer(
        place=field(f"{found.place.path}{lines}", LINE),
        symbol=field(found.place.symbol or "", LINE),
        as_of=found.as_of[:SHORT],
        introduced_by=(found.introduced or "")[:SHORT],
        total=found.total,
        steps=steps,
        reverted=reverted,
        together=together,
        fixes=[_memory(memory, 0.0, []) for memory in found.fixes],
        complete=found.complete,
        notes=[*elsewhere, *(field(note, LINE) for note in found.notes)],
        left_out=0,
    )


def conventions_answer(found: Iterable[Memory]) -> ConventionsAnswer:
    """The answer of the tool `conventions`."""
    return ConventionsAnswer(conventions=[_memory(memory, 0.0, []) for memory in found], left_out=0)


def fitted(answer: Answer, size: int) -> Answer:
    """The answer with the last item of its longest list left out, again and again, until `size` characters hold it."""
    data = answer
    while len(data.model_dump_json()) > size:
        lists = {name: value for name, value in data if isinstance(value, list) and value}
        if not lists:
            break
        name = max(lists, key=lambda one: len(lists[one]))
        data = data.model_copy(update={name: lists[name][:-1], "left_out": data.left_out + 1})
    return data


def _memory(memory: Memory, score: float, evidence: list[str]) -> MemoryFact:
    subject, _, body = memory.message.strip().partition("\n")
    return MemoryFact(
        id=memory.id[:SHORT] if memory.kind == "commit" else field(memory.id, LINE),
        commits=_commits(memory),
        kind=memory.kind,
        change=memory.change.kind,
        day=_day(memory.provenance.time),
        subject=field(subject, LINE),
        text=field(body.strip(), TEXT),
        problem=field(memory.problem or "", TEXT),
        root_cause=field(memory.root_cause or "", TEXT),
        solution=field(memory.solution or "", TEXT),
        files=[field(file.path, LINE) for file in memory.change.files[:FILES]],
        score=score,
        evidence=evidence,
    )


def _commits(memory: Memory) -> list[str]:
    counted = memory.convention
    seen = [memory.provenance.commit, *(counted.examples if counted else ())]
    return [sha[:SHORT] for sha in dict.fromkeys(seen) if sha][:CITED]


def _place(place: Place) -> PlaceFact:
    return PlaceFact(
        path=field(place.path, LINE),
        symbol=field(place.symbol or "", LINE),
        lines=f"{place.start}-{place.end}" if place.start else "",
        score=place.score,
        evidence=_evidence(place.evidence),
    )


def _evidence(evidence: Iterable[Evidence]) -> list[str]:
    return [field(f"{one.ranker}: {one.detail}", LINE) for one in list(evidence)[:EVIDENCE]]


def _day(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")
