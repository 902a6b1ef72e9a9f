"""`memcoder practise`: a repository's past fixes as exercises, the oldest first, within a budget.

The order is that of history, so that what one exercise taught is there for those after it, as it would have been.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from memcoder.agent.budget import SharedBudget
from memcoder.config import Settings, home
from memcoder.errors import BudgetError, FaultError, MissingError, UsageError
from memcoder.history.repository import Repository
from memcoder.internalize.practise.attempt import Practice, Practised
from memcoder.internalize.practise.notes import Notes
from memcoder.memory.mine import mine
from memcoder.memory.store import MemoryStore, store_folder
from memcoder.models.door import open_model
from memcoder.records import Record, Usage
from memcoder.tasks.candidates import newest_first
from memcoder.tasks.make import Made, Say, Wanted, made_of, make_tasks
from memcoder.tasks.proven import ProvenTask

MOST_FAULTS = 3
"""Exercises in a row that a fault ended, after which the rest is not begun: they would end so too."""
VECTOR_SECONDS = 600.0
"""What the first exercise waits for vectors of the history."""


class PracticeReport(Record):
    """What a practice has come to, earlier sittings included."""

    repository: str
    head: str
    out: str
    """Folder of its runs, tasks and notes."""
    tasks: int
    """Exercises that the past gives, of those wanted."""
    practised: tuple[Practised, ...] = ()
    """In the order of history."""
    faults: tuple[str, ...] = ()
    """Exercises that a fault ended, which the same command tries again."""
    stopped: str = ""
    """The limit that ended it; empty where all exercises were done."""
    rejected: dict[str, int] = Field(default_factory=dict)
    """Commits that make no exercise, by the reason."""
    spent: Usage = Usage()
    """By the attempts of this folder."""

    @property
    def resolved(self) -> int:
        """Exercises resolved."""
        return sum(one.resolved for one in self.practised)

    @property
    def lessons(self) -> tuple[str, ...]:
        """Ids of all memories that came of them."""
        return tuple(dict.fromkeys(lesson for one in self.practised for lesson in one.lessons))


@dataclass(frozen=True)
class PracticeLimits:
    """What a practice may spend; None: no limit beyond those of each attempt."""

    budget: float | None = None
    """US dollars of all attempts, over all sittings of the folder."""
    tokens: int | None = None
    seconds: float | None = None
    """Of this sitting, after which no attempt begins."""


def default_folder(repo: Repository) -> Path:
    """Where a repository's practice is kept unless said otherwise."""
    return home() / "practise" / repo.key


def practise(
    repo: Repository,
    name: str,
    settings: Settings,
    wanted: Wanted,
    limits: PracticeLimits,
    *,
    out: Path | None = None,
    say: Say = lambda line: None,
    done: Callable[[int, int], None] = lambda done, total: None,
) -> PracticeReport:
    """Make the exercises, attempt each that this model and seed have not, and keep what the gaps teach.

    `done` is told how many of how many exercises are over. Raises UsageError without a model or where another process
    practises in `out`, MissingError where the past makes no exercise, FaultError where exercise after exercise faults.
    """
    if not settings.model:
        raise UsageError("no model was chosen", "run `memcoder init`, or give --model embedded")
    ends = time.monotonic() + limits.seconds if limits.seconds is not None else None
    out = (out or default_folder(repo)).absolute()
    wanted = replace(wanted, head=repo.resolve(wanted.head))
    settings = settings.model_copy(update={"store": store_folder(settings, repo.key).absolute()})
    budget = SharedBudget(out / "spent.json", max_cost=limits.budget, max_tokens=limits.tokens)
    with _alone(out):
        made = make_tasks(repo, name, _tasks_folder(repo, name, settings, wanted, out), settings, wanted, say)
        if not made.tasks:
            for reason, number in made.rejected.items():
                say(f"{number} commits make no exercise: {reason}")
            raise MissingError(f"the past of {name} makes no exercise", "look at why, above; give --test, or a recipe")
        with MemoryStore.open(settings, repo.key) as opened:
            mine(repo, opened, revision=wanted.head, within=VECTOR_SECONDS, say=say)
        with open_model(settings, say=say) as model:
            practice = Practice(repo, settings, out, model, budget, say)
            sitting = _Sitting(practice, Notes(out), ends, done)
            sitting.work(_in_order(repo, made, wanted.head))
    return PracticeReport(
        repository=str(repo.path),
        head=wanted.head,
        out=str(out),
        tasks=len(made.tasks),
        practised=tuple(sitting.practised),
        faults=tuple(sitting.faults),
        stopped=sitting.stopped,
        rejected=dict(made.rejected),
        spent=budget.spent,
    )


class _Sitting:
    """Exercises one after the other, until they are done or a limit is reached."""

    def __init__(self, practice: Practice, notes: Notes, ends: float | None, done: Callable[[int, int], None]) -> None:
        self.practised: list[Practised] = []
        self.faults: list[str] = []
        self.stopped = ""
        self._practice, self._notes, self._ends, self._done = practice, notes, ends, done
        self._known = notes.all()
        self._in_a_row = 0

    def work(self, tasks: list[ProvenTask]) -> None:
        """All of them."""
        settings = self._practice.settings
        for number, task in enumerate(tasks, start=1):
            known = self._known.get((task.instance_id, settings.model or "", settings.seed))
            if known is None and not self.stopped:
                known = self._attempt(task, f"{number} of {len(tasks)}")
            if known is not None:
                self.practised.append(known)
            self._done(number, len(tasks))

    def _attempt(self, task: ProvenTask, where: str) -> Practised | None:
        """One more exercise; None where a limit or a fault ended it."""
        if self._ends is not None and time.monotonic() >= self._ends:
            self.stopped = "the time for all attempts is over (--max-total-time)"
            return None
        self._practice.say(f"{where}: {task.instance_id}")
        try:
            self._practice.budget.check()
            one = self._practice.attempt(task)
        except BudgetError as error:
            self.stopped = error.message
            return None
        except FaultError as error:
            self.faults.append(f"{task.instance_id}: {error.message}")
            self._practice.say(self.faults[-1])
            self._in_a_row += 1
            if self._in_a_row >= MOST_FAULTS:
                raise
            return None
        self._in_a_row = 0
        self._notes.add(one)
        told = "resolved" if one.resolved else one.reason
        self._practice.say(f"{task.instance_id}: {told}; {len(one.lessons)} lessons")
        return one


def _tasks_folder(repo: Repository, name: str, settings: Settings, wanted: Wanted, out: Path) -> Path:
    """One for each set of things that the tasks depend on."""
    facts = json.dumps(made_of(wanted.head, name, settings, wanted), sort_keys=True)
    return out / "tasks" / hashlib.sha256(facts.encode()).hexdigest()[:12]


def _in_order(repo: Repository, made: Made, head: str) -> list[ProvenTask]:
    """The oldest fix first, as the graph has it."""
    age = {commit: number for number, commit in enumerate(newest_first(repo, head))}
    return sorted(made.tasks, key=lambda task: -age[task.base_commit])


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Raises UsageError where another process is at work in the folder."""
    from filelock import FileLock, Timeout

    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / "practise.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise UsageError(f"another memcoder practises in {out}", "wait for it, or give another --out") from error
    try:
        yield
    finally:
        lock.release()
