"""One past fix as an exercise: attempted blindly, graded by the fix's own tests, compared with it, and learned from."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from memcoder.agent.budget import SharedBudget
from memcoder.agent.remember import shown_by
from memcoder.agent.resolve import resolve
from memcoder.config import Settings
from memcoder.history.commits import read_commits
from memcoder.history.repository import Repository
from memcoder.internalize.gap import Gap, gap_between
from memcoder.internalize.lessons import keep_lessons, lessons_of
from memcoder.internalize.practise.past import OfPast, clone_at, guard_of
from memcoder.internalize.principles import Failure
from memcoder.memory.store import MemoryStore
from memcoder.memory.utility import keep_showings
from memcoder.models.base import LanguageModel
from memcoder.records import Memory, Provenance, Record, Run, Task
from memcoder.runs.store import RunStore
from memcoder.sandbox.door import prepare
from memcoder.tasks.grade import Grade, grade_task
from memcoder.tasks.make import Say
from memcoder.tasks.proven import ProvenTask

RUNS, CLONES = "runs", "clones"
"""Folders of what attempts leave behind; never the user's own runs, which a human may accept."""
OF_FAILURES = frozenset({"edit", "place", "tried"})
"""Topics that only an attempt which its tests refuse teaches: where several changes are right, none is the lesson."""


class Practised(Record):
    """One exercise and what came of it."""

    task: str
    commit: str
    """The fix."""
    model: str
    seed: int
    run: str
    issue: str
    """Its first line."""
    resolved: bool
    """By the fix's own tests, which the attempt did not know."""
    reason: str = ""
    """Why it is not resolved."""
    verdict: str | None = None
    """What the attempt's own verification had said."""
    parted: str = ""
    """Where the attempt and the fix parted (`Gap.parted`); empty where nothing was tried."""
    lessons: tuple[str, ...] = ()
    """Ids of the memories that came of it."""
    shown: tuple[str, ...] = ()
    """Ids of the memories that the attempt was shown."""
    tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Practice:
    """What all exercises of one practice share."""

    source: Repository
    settings: Settings
    """With the folder of the store."""
    out: Path
    model: LanguageModel
    budget: SharedBudget
    say: Say

    def attempt(self, task: ProvenTask) -> Practised:
        """Attempt, grade, compare, keep. What an earlier sitting did is not done again.

        Raises BudgetError where the budget is spent, and what `resolve` and the sandbox raise: then nothing was kept.
        """
        fix = self.source.resolve(task.instance_id.rpartition("-")[2])
        clone = clone_at(self.source, task, self.out / CLONES)
        runs = RunStore(self.out / RUNS)
        run = self._run(runs, clone, task)
        handed_in = run.patch is not None and not run.patch.empty
        tried = _tried(run)
        grade = self._grade(task, tried)
        gap = gap_between(self.source, task.base_commit, tried, task.patch + task.test_patch) if tried else None
        taught = self._taught(task, fix, run, gap, grade)
        shown = shown_by(runs.log(run.id).events())
        with MemoryStore.open(self.settings, self.source.key) as store:
            kept = keep_lessons(store, taught, self.source)
            keep_showings(store, run.id, fix, shown, run.patch, grade.resolved if handed_in else None)
        shutil.rmtree(clone.path, ignore_errors=True)
        return Practised(
            task=task.instance_id,
            commit=fix,
            model=run.model,
            seed=run.seed,
            run=run.id,
            issue=task.problem_statement.strip().partition("\n")[0],
            resolved=grade.resolved and handed_in,
            reason=grade.reason if handed_in else "nothing was handed in",
            verdict=run.verdict.status if run.verdict else None,
            parted=gap.parted if gap else "",
            lessons=tuple(memory.id for memory in kept),
            shown=shown,
            tokens=run.usage.tokens,
            cost=run.usage.cost if run.usage.cost_known else None,
            seconds=round(run.seconds, 1),
        )

    def _run(self, runs: RunStore, clone: Repository, task: ProvenTask) -> Run:
        """The run, gone on with where it was cut off, and not made again where it came to its end."""
        asked = Task(repository=str(clone.path), base_commit=task.base_commit, issue=task.problem_statement)
        if (ended := runs.ended(asked, self.settings.model, self.settings.seed)) is not None:
            return ended
        remember = OfPast(self.settings, self.source.key, guard_of(task))
        prepare(clone.path, task.base_commit, self.settings, progress=self.say)  # not on the run's clock
        # Of the tests the attempt knows what anyone would: it finds the project's own, or writes one.
        blind = self.settings.model_copy(update={"test_command": None})
        return resolve(
            asked, blind, model=self.model, runs=runs, report=self.say, budget=self.budget, remember=remember
        )

    def _grade(self, task: ProvenTask, patch: str) -> Grade:
        environment = prepare(self.source.path, task.base_commit, self.settings, progress=self.say)
        return grade_task(environment, self.source, task, patch, self.settings.command_timeout)

    def _taught(self, task: ProvenTask, fix: str, run: Run, gap: Gap | None, grade: Grade) -> list[Memory]:
        """Lessons dated by the fix, so that no recall as of an earlier commit can see them."""
        if gap is None:
            return []
        commit = next(read_commits(self.source, [fix]))
        origin = Provenance(
            repository=self.source.key,
            commit=fix,
            author=commit.author,
            time=commit.time,
            source="history",
            run=run.id,
        )
        failing = tuple(name for status in grade.tests_status.values() for name in status["failure"])
        failures = [] if grade.resolved else [Failure(gap, failing)]
        found = lessons_of(
            gap,
            issue=task.problem_statement,
            provenance=origin,
            sources=(fix,),
            failures=failures,
            trust="history",
        )
        return [one for one in found if not grade.resolved or (one.lesson and one.lesson.topic not in OF_FAILURES)]


def _tried(run: Run) -> str:
    """The patch, else the last change that was tried before a limit ended the run; tests grade that as well."""
    if run.patch is not None and not run.patch.empty:
        return run.patch.diff
    return next((attempt.after for attempt in reversed(run.attempts) if attempt.after.strip()), "")
