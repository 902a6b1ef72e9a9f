"""Distilling many memories under a budget; each is kept at once, so that what was done stays done."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from pydantic import ValidationError

from memcoder.errors import LimitError
from memcoder.memory.distill.check import faults
from memcoder.memory.distill.copies import Copies
from memcoder.memory.distill.fields import Fields
from memcoder.memory.distill.log import DistillLog
from memcoder.memory.distill.names import Ground
from memcoder.memory.distill.one import ANSWER_TOKENS, Distillation, distill_memory
from memcoder.memory.distill.prompt import messages
from memcoder.memory.store import MemoryStore
from memcoder.models.base import LanguageModel
from memcoder.records import Link, Memory, RecalledMemory, Record, Usage

CHARACTERS_A_TOKEN = 3.3
"""Of these prompts, which are half code."""

Say = Callable[[str], None]


class Budget(Record):
    """What a run may take: US dollars (as far as prices are known) and seconds. Both are looked at before each memory;
    seconds also end a call."""

    max_cost: float = math.inf
    max_time: float = math.inf


UNLIMITED = Budget()


class Estimate(Record):
    """What distilling is likely to take if every first answer is taken; a refused one costs as much again."""

    memories: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    """US dollars; None where the model's price is not known."""
    seconds: float | None
    """By what this model took on this machine before; None where it was never asked."""


class Outcome(Record):
    """What became of one memory."""

    memory: str
    result: Literal["distilled", "copied", "refused", "skipped"]
    """`copied`: from another commit of the same change; `skipped`: refused before, or nothing to be done."""
    tries: int = 0
    faults: tuple[str, ...] = ()
    """Kinds of fault of the last refused answer."""
    usage: Usage = Usage()


class DistillReport(Record):
    """What a run did."""

    distilled: int
    first_try: int
    """Of the distilled, those whose first answer was taken."""
    copied: int
    refused: int
    skipped: int
    usage: Usage
    stopped: Literal["", "cost", "time"] = ""
    """Which limit ended it; empty where every memory was looked at."""


def estimate(store: MemoryStore, model: LanguageModel, memories: Iterable[Memory]) -> Estimate:
    """What `distill` is likely to take for these; copies cost nothing."""
    known = Copies()
    tokens_in = paid = 0
    for memory in memories:
        if not memory.distilled and not known.twin(memory):
            paid += 1
            tokens_in += _tokens(memory)
        known.add(memory)
    each = DistillLog(store).seconds_each(model.name)
    tokens_out = paid * ANSWER_TOKENS // 2
    return Estimate(
        memories=paid,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=model.price(tokens_in, tokens_out),
        seconds=None if each is None else round(each * paid, 1),
    )


def distill(
    store: MemoryStore,
    model: LanguageModel,
    memories: Iterable[Memory],
    *,
    budget: Budget = UNLIMITED,
    retry: bool = False,
    seed: int = 0,
    report: Callable[[Outcome], None] | None = None,
    say: Say | None = None,
) -> DistillReport:
    """Distil memories in their order (see `choose`), each kept before the next; a second run waits for the first.

    What this model was asked in vain before is skipped unless `retry`. Ends early, and says why, where the budget is
    spent. Raises what the model raises, and KeyboardInterrupt; `report` has then told of all that is kept.
    """
    outcomes: list[Outcome] = []
    stopped: Literal["", "cost", "time"] = ""
    with _alone(store, say):
        session = _Session(store, model, retry, seed)
        ends = time.monotonic() + budget.max_time
        for memory in memories:
            if time.monotonic() >= ends:
                stopped = "time"
                break
            if session.next_cost(memory) > budget.max_cost:
                stopped = "cost"
                break
            try:
                outcome = session.one(memory, ends - time.monotonic())
            except LimitError:
                stopped = "time"
                break
            outcomes.append(outcome)
            if report:
                report(outcome)
    return summary(outcomes, stopped)


def summary(outcomes: Sequence[Outcome], stopped: Literal["", "cost", "time"] = "") -> DistillReport:
    """Outcomes counted."""
    usage = sum((outcome.usage for outcome in outcomes), Usage())
    results = [outcome.result for outcome in outcomes]
    return DistillReport(
        distilled=results.count("distilled"),
        first_try=sum(outcome.result == "distilled" and outcome.tries == 1 for outcome in outcomes),
        copied=results.count("copied"),
        refused=results.count("refused"),
        skipped=results.count("skipped"),
        usage=usage,
        stopped=stopped,
    )


def distil_shown(
    store: MemoryStore, model: LanguageModel, memories: Sequence[RecalledMemory], within_seconds: float
) -> tuple[tuple[RecalledMemory, ...], tuple[str, ...]]:
    """What a recall is about to show, distilled as far as the seconds reach, best first; and notes on what stays raw.

    Order and scores stay. A memory that stays raw is shown as it was mined (`memory.distilled` is false) and a note
    counts it. Where another process is distilling, nothing is waited for.
    """
    from filelock import Timeout

    shown = list(memories)
    ends = time.monotonic() + within_seconds
    try:
        with store.lock("distill").acquire(blocking=False):
            session = _Session(store, model, retry=False, seed=0)
            for at, item in enumerate(shown):
                if (left := ends - time.monotonic()) <= 0:
                    break
                if item.memory.kind == "commit" and not item.memory.distilled:
                    session.one(item.memory, left)
                    latest = store.get(item.memory.id) or item.memory
                    shown[at] = item.model_copy(update={"memory": latest})
    except (Timeout, LimitError):
        pass  # what is raw until here is shown raw
    raw = sum(item.memory.kind == "commit" and not item.memory.distilled for item in shown)
    note = f"{raw} of {len(shown)} memories are shown raw: not distilled within {within_seconds:.0f} s, or refused"
    return tuple(shown), (note,) if raw else ()


class _Session:
    """One model at work on one store."""

    def __init__(self, store: MemoryStore, model: LanguageModel, retry: bool, seed: int) -> None:
        self.store, self.model, self.seed = store, model, seed
        self.log = DistillLog(store)
        self.refused = frozenset() if retry else frozenset(self.log.refused(model.name))
        self.known = Copies()
        """Distilled memories that were come across: what copies are copied from."""
        self.spent = 0.0

    def next_cost(self, memory: Memory) -> float:
        """What will have been spent after this memory, by the estimate; what costs nothing adds nothing."""
        if memory.distilled or memory.id in self.refused or self.known.twin(memory):
            return 0.0
        return self.spent + (self.model.price(_tokens(memory), ANSWER_TOKENS // 2) or 0.0)

    def one(self, memory: Memory, within: float) -> Outcome:
        """Distil one memory, or copy it, or leave it."""
        if memory.distilled:
            self.known.add(memory)
            return Outcome(memory=memory.id, result="skipped")
        twin = self.known.twin(memory)
        fields = _fields_of(twin) if twin else None
        if twin and fields and self._keep(memory, fields, twin.id):
            return Outcome(memory=memory.id, result="copied")
        if memory.id in self.refused or memory.trust == "quarantined":
            return Outcome(memory=memory.id, result="skipped")
        done = distill_memory(self.model, memory, within=within, seed=self.seed)
        self.spent += done.usage.cost
        kept = done.fields is not None and self._keep(memory, done.fields)
        self.log.add(done, self.model.name)
        kinds = tuple(dict.fromkeys(fault.kind for fault in done.refused[-1])) if done.refused else ()
        result = _result(done, kept)
        return Outcome(memory=memory.id, result=result, tries=done.tries, faults=kinds, usage=done.usage)

    def _keep(self, memory: Memory, fields: Fields, source: str | None = None) -> bool:
        """A new signed state of the record as it is now; False where it must not be written."""
        with self.store.writing():
            latest = self.store.get(memory.id)  # another process may have moved its utility, or taken its trust
            if latest is None or latest.trust == "quarantined" or latest.distilled:
                return False
            if source and faults(fields, latest, Ground.of(latest)):
                return False  # the copy's own commit does not bear it out
            links = (*latest.links, Link(relation="distilled_from", target=source)) if source else latest.links
            filled = latest.model_copy(update={**dict(fields), "links": links})
            self.store.put([filled])
        self.known.add(filled)
        return True


def _result(done: Distillation, kept: bool) -> Literal["distilled", "refused", "skipped"]:
    if done.fields is None:
        return "refused"
    return "distilled" if kept else "skipped"


def _fields_of(memory: Memory) -> Fields | None:
    """The fields of a distilled memory; None where they are not as this version would take them."""
    try:
        return Fields(
            keywords=memory.keywords,
            problem=memory.problem or "",
            root_cause=memory.root_cause or "",
            solution=memory.solution or "",
        )
    except ValidationError:
        return None


def _tokens(memory: Memory) -> int:
    return int(sum(len(message["content"]) for message in messages(memory)) / CHARACTERS_A_TOKEN)


@contextmanager
def _alone(store: MemoryStore, say: Say | None) -> Iterator[None]:
    from filelock import Timeout

    lock = store.lock("distill")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        if say:
            say("another memcoder is distilling in this store; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
