"""What the `staged` strategy tries, in order: a stream of candidate edits, each written by the model.

The order is by cost and promise: one plain answer for each of the best views, one refinement of the failed attempt
that came nearest, a sweep that rewrites the most suspicious lines (`infill`), then varied whole answers and wider
sweeps until a limit ends it. Where the plain answers leave everything as it is, there is nothing to refine, and varied
answers for the best view come before the sweep.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from memcoder.agent.context import Context, View
from memcoder.agent.edits import EditError, NoChangeError, apply_edits, parse_edits
from memcoder.agent.infill import Hole, around, fill, holes
from memcoder.agent.journal import Journal
from memcoder.agent.keys import key_of
from memcoder.models.base import LanguageModel, Reply, Sampling
from memcoder.models.tokens import fits
from memcoder.prompts import chat, render, unbroken

ANSWER_TOKENS = 700
LINE_TOKENS = 60
WIDTH = 4
"""Answers sampled a request: they share the cost of reading the prompt."""
FIRST_VIEWS = 2
"""Views that are asked about before the sweep, which costs less a line and looks at all of them."""
SWEPT = 16
"""Lines of a turn's sweep, times the turn's number: the likely ones are tried again before the unlikely ones."""
FENCE = "\n```"


@dataclass(frozen=True)
class Candidate:
    """Changed files (path → new source), and how the model wrote them; `problem` where the edit did not apply."""

    origin: str
    action: str
    files: dict[str, str]
    view: View
    problem: str = ""
    unchanged: bool = False
    """Whether that problem is that it would leave everything as it is."""


@dataclass(frozen=True)
class Failure:
    """A failed attempt, as the next prompt shows it."""

    view: View
    diff: str
    diagnosis: str
    """What the tests said, as the settings have it told."""
    missing: float
    """How far it was from passing: tests that fail still or newly; infinite where none could be counted."""


@dataclass
class Question:
    """What every prompt of a run shares."""

    issue: str
    memories: Sequence[str]
    context: Context
    diagnosis: str
    seed: int
    guidelines: Sequence[str] = ()
    """What the project asks of every change."""
    refines: bool = True
    """Whether failed attempts are refined."""
    infills: bool = True
    """Whether lines are rewritten one by one, by a model that can."""
    checklist: Callable[[], Sequence[str]] = tuple
    """Asked for when the first failed attempt is refined."""


class Writer:
    """Turns a question into candidates by asking the model."""

    def __init__(self, model: LanguageModel, journal: Journal, question: Question) -> None:
        self.model = model
        self.journal = journal
        self.question = question
        self.views = question.context.views(model.context)
        self.asked = 0
        """Questions put so far."""

    def answers(
        self, origin: str, view: View, failures: Sequence[Failure], n: int, temperature: float, seed: int
    ) -> Iterator[Candidate]:
        """Whole answers to the question, with the failed attempts that the model should know of.

        None where that would be more than the model can read.
        """
        messages, stop = self._messages(view, failures)
        if not fits(messages, ANSWER_TOKENS, self.model.context):
            return
        self.asked += 1
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
            guidelines=question.guidelines,
            view=view,
            diagnosis=question.diagnosis,
            failures=failures,
            checklist=question.checklist() if failures else (),
        )
        messages = chat(prompt)
        begun = self._begun(view)
        return ([*messages, {"role": "assistant", "content": begun}], (FENCE,)) if begun else (messages, ())

    def _begun(self, view: View) -> str:
        """How an answer about a function begins, for a model that can go on from there; else empty."""
        header = view.focus.header if view.focus and self.model.can_prefill else ""
        return f"```python\n{header}\n" if header else ""

    def lines(self, hole: Hole, base: dict[str, str], n: int, temperature: float, seed: int) -> Iterator[Candidate]:
        """The model's own versions of one line."""
        prefix, suffix = around(hole, base[hole.path])
        self.asked += 1
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

    def sweep(
        self, base: dict[str, str], most: int, *, insert: bool, temperature: float, seed: int
    ) -> Iterator[Candidate]:
        """At most so many lines of the shown places rewritten (or a line put before each), one after the other."""
        for number, hole in enumerate(holes(self.question.context, insert=insert)[:most]):
            yield from self.lines(hole, base, WIDTH, temperature, seed * 1000 + number)

    def _candidate(self, origin: str, view: View, reply: Reply) -> Candidate:
        sources, text = self.question.context.sources, unbroken(reply.text)
        begun = self._begun(view)
        if begun and text.strip().removesuffix("```").strip() == begun.strip():
            return Candidate(origin, text, {}, view, "The answer ends before the function does anything.")
        try:
            return Candidate(origin, text, apply_edits(parse_edits(text, sources, view.focus), sources), view)
        except EditError as error:
            return Candidate(origin, text, {}, view, str(error), isinstance(error, NoChangeError))

    def _view_of(self, hole: Hole) -> View:
        """The view whose place the hole is in."""
        places = self.question.context.locations
        at = next(n for n, one in enumerate(places) if one.path == hole.path and one.start <= hole.line <= one.end)
        return self.views[min(at, len(self.views) - 1)]

    def _sampling(self, temperature: float, tokens: int, seed: int, stop: tuple[str, ...] = ()) -> Sampling:
        timeout = self.journal.limits.timeout
        return Sampling(temperature=temperature, max_tokens=tokens, seed=seed, stop=stop, timeout=timeout)


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
            asked = write.asked
            yield from self._turn(turn, seed * 100 + turn, base)
            if write.asked == asked:  # nothing fits into the model's context: another turn would be the same
                return

    def _turn(self, turn: int, seed: int, base: dict[str, str]) -> Iterator[Candidate]:
        """Each turn is warmer than the last, and looks at more lines."""
        write, temperature, most = self.writer, _warm(turn), turn * SWEPT
        infills = write.question.infills and write.model.can_infill
        ahead = 0 if self.failures else 1
        for view in write.views[:ahead]:
            yield from write.answers("vary", view, (), WIDTH, temperature, seed)
        if infills:
            yield from write.sweep(base, most, insert=False, temperature=temperature, seed=seed)
        for view in write.views[ahead:]:
            yield from write.answers("vary", view, (), WIDTH, temperature, seed)
        yield from self._refined(WIDTH, temperature, seed)
        if infills:
            yield from write.sweep(base, most, insert=True, temperature=temperature, seed=seed + 50)

    def _refined(self, n: int, temperature: float, seed: int) -> Iterator[Candidate]:
        """Answers that are told of the failed attempt that came nearest, the newest of equals, once."""
        if self.failures and self.writer.question.refines:
            best = min(reversed(self.failures), key=lambda failure: failure.missing)
            self.failures.remove(best)
            yield from self.writer.answers("refine", best.view, (best,), n, temperature, seed)


def _warm(turn: int) -> float:
    """Later turns look further: 0.8, 1.0, 1.2, then 1.2."""
    return min(1.2, 0.6 + 0.2 * turn)
