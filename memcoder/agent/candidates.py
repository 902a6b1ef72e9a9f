"""What the `staged` strategy tries, in order: a stream of candidate edits, each written by the model.

The order is by cost and promise: one plain answer for each of the best views, one refinement of the failed attempt
that came nearest, a sweep that rewrites single lines (`infill`), then varied whole answers and wider sweeps until a
limit ends it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from memcoder.agent.context import Context, View
from memcoder.agent.edits import EditError, apply_edits, parse_edits
from memcoder.agent.infill import Hole, around, fill, holes
from memcoder.agent.journal import Journal, key_of
from memcoder.models.base import LanguageModel, Reply, Sampling
from memcoder.prompts import render

ANSWER_TOKENS = 700
LINE_TOKENS = 60
WIDTH = 4
"""Answers sampled a request: they share the cost of reading the prompt."""
FIRST_VIEWS = 2
"""Views that are asked about before the sweep, which costs less a line and looks at all of them."""
FENCE = "\n```"


@dataclass(frozen=True)
class Candidate:
    """Changed files (path → new source), and how the model wrote them; `problem` where the edit did not apply."""

    origin: str
    action: str
    files: dict[str, str]
    view: View
    problem: str = ""


@dataclass(frozen=True)
class Failure:
    """A failed attempt, as the next prompt shows it."""

    view: View
    diff: str
    diagnosis: str
    failing: float
    """Tests that failed; infinite where none could be counted."""


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
        self.views = question.context.views(model.context)

    def answers(
        self, origin: str, view: View, failures: Sequence[Failure], n: int, temperature: float, seed: int
    ) -> Iterator[Candidate]:
        """Whole answers to the question, with the failed attempts that the model should know of."""
        messages, stop = self._messages(view, failures)
        replies = self.journal.ask(
            key_of(origin, messages, n, temperature, seed),
            messages,
            lambda: self.model.sample(messages, n, self._sampling(temperature, ANSWER_TOKENS, seed, stop)),
        )
        for reply in replies:
            yield self._candidate(origin, view, reply)

    def _messages(self, view: View, failures: Sequence[Failure]) -> tuple[list[dict[str, str]], tuple[str, ...]]:
        """The chat, and where its answer stops; the answer is begun for a model that can go on from there."""
        question = self.question
        prompt = render(
            "fix",
            issue=question.issue,
            memories=question.memories,
            view=view,
            diagnosis=question.diagnosis,
            failures=failures,
        )
        messages = [{"role": "system", "content": render("system")}, {"role": "user", "content": prompt}]
        if not (view.header and self.model.can_prefill):
            return messages, ()
        return [*messages, {"role": "assistant", "content": f"```python\n{view.header}\n"}], (FENCE,)

    def lines(self, hole: Hole, base: dict[str, str], n: int, temperature: float, seed: int) -> Iterator[Candidate]:
        """The model's own versions of one line."""
        prefix, suffix, _ = around(hole, base[hole.path])
        replies = self.journal.ask(
            key_of("infill", prefix, suffix, n, temperature, seed),
            {"prefix": prefix, "suffix": suffix},
            lambda: self.model.infill(prefix, suffix, n, self._sampling(temperature, LINE_TOKENS, seed)),
        )
        for reply in replies:
            filled = fill(hole, base[hole.path], reply.text)
            if filled is not None:
                where = f"{hole.path}:{hole.line} {'+' if hole.insert else '='} "
                yield Candidate("infill", where + reply.text.strip(), {hole.path: filled}, self._view_of(hole))

    def sweep(self, base: dict[str, str], *, insert: bool, temperature: float, seed: int) -> Iterator[Candidate]:
        """Each line of the shown places rewritten (or a line put before it), one after the other."""
        for number, hole in enumerate(holes(self.question.context, insert=insert)):
            yield from self.lines(hole, base, WIDTH, temperature, seed * 1000 + number)

    def _candidate(self, origin: str, view: View, reply: Reply) -> Candidate:
        sources = self.question.context.sources
        try:
            return Candidate(origin, reply.text, apply_edits(parse_edits(reply.text, sources), sources), view)
        except EditError as error:
            return Candidate(origin, reply.text, {}, view, problem=str(error))

    def _view_of(self, hole: Hole) -> View:
        """The view whose place the hole is in."""
        places = self.question.context.locations
        at = next(n for n, one in enumerate(places) if one.path == hole.path and one.start <= hole.line <= one.end)
        return self.views[min(at, len(self.views) - 1)]

    def _sampling(self, temperature: float, tokens: int, seed: int, stop: tuple[str, ...] = ()) -> Sampling:
        left = max(1.0, self.journal.limits.seconds_left)
        return Sampling(temperature=temperature, max_tokens=tokens, seed=seed, stop=stop, timeout=left)


class Schedule:
    """The order of candidates; `failures` is filled by whoever tries them, newest last."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.failures: list[Failure] = []

    def __iter__(self) -> Iterator[Candidate]:
        write, seed = self.writer, self.writer.question.seed
        base = self.writer.question.context.sources
        for view in write.views[:FIRST_VIEWS]:
            yield from write.answers("first", view, (), 1, 0.0, seed)
        yield from self._refined(1, 0.2, seed)
        for turn in count(1):
            turn_seed = seed * 100 + turn
            if write.model.can_infill:
                yield from write.sweep(base, insert=False, temperature=_warm(turn), seed=turn_seed)
                yield from write.sweep(base, insert=True, temperature=_warm(turn), seed=turn_seed + 50)
            for view in write.views:
                yield from write.answers("vary", view, (), WIDTH, _warm(turn), turn_seed)
            yield from self._refined(WIDTH, _warm(turn), turn_seed)

    def _refined(self, n: int, temperature: float, seed: int) -> Iterator[Candidate]:
        """Answers that are told of the failed attempt with the fewest failing tests, the newest of equals, once."""
        if self.failures:
            best = min(reversed(self.failures), key=lambda failure: failure.failing)
            self.failures.remove(best)
            yield from self.writer.answers("refine", best.view, (best,), n, temperature, seed)


def _warm(turn: int) -> float:
    """Later turns look further: 0.8, 1.0, 1.2, then 1.2."""
    return min(1.2, 0.6 + 0.2 * turn)
