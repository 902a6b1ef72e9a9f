"""What the `staged` strategy tries, in order: a stream of candidate edits, each written by the model.

The order is by cost and promise: one plain answer, one refinement with the diagnosis, a sweep that rewrites
single lines (`infill`), then varied whole answers and wider sweeps until a limit ends it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from memcoder.agent.context import Context
from memcoder.agent.edits import EditError, apply_edits, parse_edits
from memcoder.agent.infill import Hole, around, fill, holes
from memcoder.agent.journal import Journal, key_of
from memcoder.models.base import LanguageModel, Reply
from memcoder.prompts import render

ANSWER_TOKENS = 700
LINE_TOKENS = 60
WIDTH = 4
"""Answers sampled a request: they share the cost of reading the prompt."""


@dataclass(frozen=True)
class Candidate:
    """Changed files (path → new source), and how the model wrote them; `problem` where the edit did not apply."""

    origin: str
    action: str
    files: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class Failure:
    """A failed attempt, as the next prompt shows it."""

    diff: str
    diagnosis: str


@dataclass
class Question:
    """What every prompt of a run shares."""

    issue: str
    memories: Sequence[str]
    context: Context
    diagnosis: str
    seed: int


class Writer:
    """Turns a question into candidates by asking the model."""

    def __init__(self, model: LanguageModel, journal: Journal, question: Question) -> None:
        self.model = model
        self.journal = journal
        self.question = question

    def answers(
        self, origin: str, failures: Sequence[Failure], n: int, temperature: float, seed: int
    ) -> Iterator[Candidate]:
        """Whole answers to the question, with the failed attempts that the model should know of."""
        question = self.question
        prompt = render(
            "fix",
            issue=question.issue,
            memories=question.memories,
            excerpts=question.context.excerpts,
            diagnosis=question.diagnosis,
            failures=failures,
        )
        messages = [{"role": "system", "content": render("system")}, {"role": "user", "content": prompt}]
        replies = self.journal.ask(
            key_of(origin, messages, n, temperature, seed),
            messages,
            lambda: self.model.sample(
                messages, n, temperature=temperature, max_tokens=ANSWER_TOKENS, seed=seed, timeout=self._timeout()
            ),
        )
        for reply in replies:
            yield self._candidate(origin, reply)

    def lines(self, hole: Hole, base: dict[str, str], n: int, temperature: float, seed: int) -> Iterator[Candidate]:
        """The model's own versions of one line."""
        prefix, suffix, _ = around(hole, base[hole.path])
        replies = self.journal.ask(
            key_of("infill", prefix, suffix, n, temperature, seed),
            {"prefix": prefix, "suffix": suffix},
            lambda: self.model.infill(
                prefix, suffix, n, temperature=temperature, max_tokens=LINE_TOKENS, seed=seed, timeout=self._timeout()
            ),
        )
        for reply in replies:
            filled = fill(hole, base[hole.path], reply.text)
            if filled is not None:
                where = f"{hole.path}:{hole.line} {'+' if hole.insert else '='} "
                yield Candidate("infill", where + reply.text.strip(), {hole.path: filled})

    def sweep(self, base: dict[str, str], *, insert: bool, temperature: float, seed: int) -> Iterator[Candidate]:
        """Each line of the shown places rewritten (or a line put before it), one after the other."""
        for number, hole in enumerate(holes(self.question.context, insert=insert)):
            yield from self.lines(hole, base, WIDTH, temperature, seed * 1000 + number)

    def _candidate(self, origin: str, reply: Reply) -> Candidate:
        sources = self.question.context.sources
        try:
            return Candidate(origin, reply.text, apply_edits(parse_edits(reply.text, sources), sources))
        except EditError as error:
            return Candidate(origin, reply.text, {}, problem=str(error))

    def _timeout(self) -> float:
        return max(1.0, self.journal.limits.seconds_left)


class Schedule:
    """The order of candidates; `failures` is filled by whoever tries them, newest last."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.failures: list[Failure] = []

    def __iter__(self) -> Iterator[Candidate]:
        write, seed = self.writer, self.writer.question.seed
        base = self.writer.question.context.sources
        yield from write.answers("first", (), 1, 0.0, seed)
        yield from write.answers("refine", self.failures[-1:], 1, 0.2, seed)
        for turn in count(1):
            turn_seed = seed * 100 + turn
            if write.model.can_infill:
                yield from write.sweep(base, insert=False, temperature=_warm(turn), seed=turn_seed)
                yield from write.sweep(base, insert=True, temperature=_warm(turn), seed=turn_seed + 50)
            yield from write.answers("vary", (), WIDTH, _warm(turn), turn_seed)
            yield from write.answers("refine", self.failures[-1:], WIDTH, _warm(turn), turn_seed)


def _warm(turn: int) -> float:
    """Later turns look further: 0.8, 1.0, 1.2, then 1.2."""
    return min(1.2, 0.6 + 0.2 * turn)
