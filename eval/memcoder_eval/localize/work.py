"""One repository's part of the benchmark: mine it, then ask about each of its instances in file order."""

import math
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memcoder import (
    RANKERS,
    FaultError,
    LanguageModel,
    MemoryStore,
    Repository,
    Settings,
    learn_weights,
    mine,
    open_model,
)
from memcoder_eval.dataset import Instance, Question
from memcoder_eval.localize.arms import MODEL_ARM, in_order, without
from memcoder_eval.localize.ask import ask, ask_plainly, forget
from memcoder_eval.localize.functions import Sources
from memcoder_eval.localize.gold import Gold, gold
from memcoder_eval.localize.score import score

Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What one process does: a repository, and the arms that each instance still lacks."""

    repo: str
    clone: Path
    settings: Settings
    todo: tuple[tuple[Instance, tuple[str, ...]], ...]
    within: float = math.inf
    """Seconds that mining may take beyond what makes a history searchable; what it left is reported as pending."""


def rows(job: Job, say: Say) -> Iterator[dict[str, Any]]:
    """Rows as they come: one of the mining, one an instance, one of the memory that all took."""
    repo = Repository.open(job.clone)
    with ExitStack() as stack:
        store = stack.enter_context(MemoryStore.open(job.settings, repo.key))
        yield {"kind": "mine", "repo": job.repo, **_mine(repo, store, job, say)}
        wanted = any(MODEL_ARM in arms for _, arms in job.todo)
        model = stack.enter_context(open_model(job.settings)) if wanted else None
        worker = _Worker(repo, store, model)
        for done, (instance, arms) in enumerate(job.todo, start=1):
            yield worker.row(instance, list(arms))
            say(f"{job.repo}: {done} of {len(job.todo)}")
    yield {"kind": "memory", "repo": job.repo, "peak_mb": _peak_mb()}


def _mine(repo: Repository, store: MemoryStore, job: Job, say: Say) -> dict[str, Any]:
    """HEAD's history, then that of each base commit which is no ancestor of HEAD; what recall sees is cut later."""
    started = time.perf_counter()
    reached = repo.ancestors(repo.head())
    beside = dict.fromkeys(one.question.base_commit for one, _ in job.todo if one.question.base_commit not in reached)
    say(f"{job.repo}: mining")
    reports = [mine(repo, store, revision=revision, within=job.within) for revision in ("HEAD", *beside)]
    for note in dict.fromkeys(note for report in reports for note in report.notes):
        say(f"{job.repo}: {note}")
    return {
        "commits": reports[0].commits,
        "new": sum(report.new for report in reports),
        "seconds": round(time.perf_counter() - started, 1),
        "pending": reports[-1].pending,
        "beside": len(beside),
    }


class _Worker:
    """Asks and measures; knows which base commits were already asked about, because a cold one counts once."""

    def __init__(self, repo: Repository, store: MemoryStore, model: LanguageModel | None) -> None:
        self._repo, self._store, self._model = repo, store, model
        self._sources = Sources(repo)
        self._seen: set[str] = set()

    def row(self, instance: Instance, arms: list[str]) -> dict[str, Any]:
        """What all arms say about an instance, measured."""
        question = instance.question
        learn_weights(self._repo, self._store, question.base_commit)
        head = {"instance": instance.id, "repo": question.repo}
        try:
            truth = gold(self._repo, question.base_commit, instance.patch)
        except FaultError as error:
            return {"kind": "unusable", **head, "why": error.message}
        times = self._times(question)
        return {
            "kind": "instance",
            **head,
            "gold": {"files": truth.files, "functions": truth.functions, "added": truth.added},
            **times,
            "arms": {arm: self._arm(question, arm, truth) for arm in in_order(arms)},
        }

    def _times(self, question: Question) -> dict[str, Any]:
        """Recall as its users call it, nothing left out, timed on a new base commit and with the query forgotten."""
        first, cold = not self._seen, question.base_commit not in self._seen
        self._seen.add(question.base_commit)
        taken = []
        for _ in range(2):
            forget(self._store)
            started = time.perf_counter()
            ask_plainly(self._repo, self._store, question)
            taken.append(round(1000 * (time.perf_counter() - started), 1))
        return {"first": first, "cold_ms": taken[0] if cold else None, "warm_ms": taken[1]}

    def _arm(self, question: Question, arm: str, truth: Gold) -> dict[str, Any]:
        model = self._model if arm == MODEL_ARM else None
        found = ask(self._repo, self._store, question, without(arm, RANKERS), model)
        scored = score(found.files, found.symbols, truth, self._sources, question.base_commit)
        return scored | {"complete": found.complete}


def _peak_mb() -> float:
    """The most memory this process held, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)
