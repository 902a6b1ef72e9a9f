"""The one door to solving: `resolve(task, settings) -> Run`.

mine → recall → plan the tests → one attempt or several (a strategy with verification, one refinement for fit, the last
word in a fresh sandbox) → run record. Everything that is asked, tried and found is in the run's log before it is used,
so a run that was cut off continues.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

from memcoder.agent.approval import Approve, always
from memcoder.agent.attempts import attempt_several
from memcoder.agent.budget import SharedBudget
from memcoder.agent.choosing import suite_key
from memcoder.agent.journal import Journal, Report
from memcoder.agent.limits import Limits
from memcoder.agent.outcome import attempt_once
from memcoder.agent.remember import Learns, Remember, Stored, shown_by
from memcoder.agent.reproduction import make_plan
from memcoder.agent.sitting import find_log, resumable
from memcoder.agent.work import Work
from memcoder.config import Settings
from memcoder.errors import BudgetError, FaultError, LimitError, MemcoderError, UsageError, disk_faults
from memcoder.history.repository import Repository
from memcoder.models.base import LanguageModel, Listen
from memcoder.models.door import open_model, settled
from memcoder.records import Delivered, Delivery, Recall, Run, Task, TestRun
from memcoder.runs.asked import note_asking
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore
from memcoder.runs.timeline import BEFORE, run_told
from memcoder.sandbox.base import Sandbox, write_files
from memcoder.sandbox.door import prepare
from memcoder.verify.plan import TestPlan
from memcoder.verify.runner import run_tests

NOT_DELIVERED = Delivery()

Opening = AbstractContextManager[LanguageModel]
"""The model, opened when it is needed."""
HandOver = Callable[[Run], Delivered | None]
"""What is done with an ended run, and what came of it."""


def resolve(
    task: Task,
    settings: Settings,
    *,
    model: LanguageModel | None = None,
    runs: RunStore | None = None,
    new: bool = False,
    report: Report | None = None,
    hand_over: HandOver | None = None,
    budget: SharedBudget | None = None,
    listen: Listen | None = None,
    approve: Approve = always,
    delivery: Delivery = NOT_DELIVERED,
    resume: str | None = None,
    begun: Report | None = None,
    remember: Remember | None = None,
) -> Run:
    """Resolve one issue; the run, whatever became of it, is in the run store.

    `model` is used where the caller has one open, else the settings' model is opened. An unfinished run of the same
    task, model and settings is continued unless `new`. Errors of use, missing parts and faults are raised as
    MemcoderError and leave the run unfinished, so that it can be continued; a reached limit ends it. `budget` is what
    this run shares with others: once it is spent, BudgetError is raised, and the run can be continued too. `listen`
    gets the text of the opened model's answers as it comes; `approve` is asked before each call of a tool is run.

    `hand_over` is called with the ended run, whatever its outcome. Where it raises or is cut off, repeating calls
    it again for the same run, and nothing is solved again; so it must bear to be repeated. What it returns, the record
    keeps, as it does `delivery`, which says what was asked for.

    `resume` names a run that goes on, also where a limit stopped it and the settings now allow more; `begun` is called
    with the id of the run, before anything is spent.

    `remember` is where memory comes from; None: the repository's store, which also learns how the run ended. Runs do
    not know it apart: whoever compares several keeps their runs in several stores.
    """
    say = report or (lambda line: None)
    limits = Limits.of(settings, budget)
    if not settings.model:
        raise UsageError("no model was chosen", "run `memcoder init`, or give --model embedded")
    repo = Repository.open(Path(task.repository))
    settings = settled(settings, repo.key)  # the record, and a resumed run, mean this adapter, wherever an alias moved
    task = task.model_copy(update={"base_commit": repo.resolve(task.base_commit)})
    runs = runs or RunStore.open()
    log = resumable(runs, resume) if resume else find_log(runs, repo, task, settings, delivery, model, new, say)
    with log:
        if begun is not None:
            begun(log.id)
        journal = _opened(log, limits, say, bool(resume))
        note_asking(log, settings, delivery)
        memory = remember or Stored(settings)
        if not journal.past.finished:
            opening = nullcontext(model) if model else open_model(settings, say=say, listen=listen)
            end = _end(journal, lambda: _solve(task, settings, repo, opening, journal, approve, memory))
            log.append("finished", **end, handed_over=hand_over is None)
        run = log.run()
        _learn(repo, run, log, memory, say)
        if hand_over is not None:
            _hand_over(run, log, hand_over)
        elif journal.past.finished:
            log.append("handed over")
        return log.run()


def _hand_over(run: Run, log: RunLog, hand_over: HandOver) -> None:
    """Let the caller have the ended run, and keep what came of that."""
    if (delivered := hand_over(run)) is not None:
        log.append("delivered", delivered=delivered.model_dump(mode="json"))
    log.append("handed over")


def _opened(log: RunLog, limits: Limits, say: Report, resumed: bool) -> Journal:
    """The journal of a run; one that was asked for by its name also goes on where a limit had stopped it."""
    journal = Journal(log, limits, say)
    if resumed and journal.past.stopped:
        journal.reopen()
    if resumed:
        say(f"continuing run {log.id}")
    return journal


def _learn(repo: Repository, run: Run, log: RunLog, memory: Remember, say: Report) -> None:
    """Let memory know how the run ended; it never changes how that is, and is said again for a run that is repeated."""
    if not isinstance(memory, Learns):
        return
    try:
        memory.learn(repo, run, shown_by(log.events()))
    except FaultError as error:
        say(f"memory does not know how this run ended: {error.message}")


def _end(journal: Journal, solve: Callable[[], None]) -> dict[str, Any]:
    """Solve, and say how it ended. Faults, and a spent budget, are noted and raised: they leave the run unfinished."""
    limits = journal.limits
    try:
        with disk_faults():
            solve()
    except MemcoderError as error:
        if isinstance(error, LimitError) and not isinstance(error, BudgetError):
            journal.report(error.message)
            return {"state": "stopped", "error": error.message, "seconds": limits.seconds}
        journal.note("faulted", error=error.message, seconds=limits.seconds)
        raise
    return {"state": "done", "seconds": limits.seconds}


def _solve(
    task: Task,
    settings: Settings,
    repo: Repository,
    opening: Opening,
    journal: Journal,
    approve: Approve,
    remember: Remember,
) -> None:
    with ExitStack() as stack:
        environment = prepare(repo.path, task.base_commit, settings, progress=journal.report)
        if journal.past.judged:  # only now, as preparing also removes what a killed sitting left
            return
        found = _recall(task, settings, repo, journal, remember)
        model = stack.enter_context(opening)
        if model.price(1, 1) is None:
            journal.report(f"the price of {model.name} is not known: --max-cost cannot stop this run, --max-tokens can")
        sandbox = stack.enter_context(environment.start())
        plan = make_plan(task, repo, found, model, sandbox, journal, settings)
        before = _before(sandbox, plan, journal, settings)
        work = Work(task, settings, repo, environment, found, model, sandbox, plan, before, journal, approve, remember)
        strategy = journal.past.strategy
        outcome = attempt_several(work, strategy) if settings.attempts > 1 else attempt_once(work, strategy)
        journal.note(
            "verdict", patch=outcome.patch.model_dump(mode="json"), verdict=outcome.verdict.model_dump(mode="json")
        )


def _recall(task: Task, settings: Settings, repo: Repository, journal: Journal, remember: Remember) -> Recall:
    """Memory as of the base commit; what earlier sittings recalled is kept, so that a run never changes its mind."""
    if journal.past.recalled is not None:
        return journal.past.recalled
    remember.begin(repo, journal.report)
    found = remember.recall(repo, task.issue, as_of=task.base_commit, k=settings.recall_k)
    journal.note("recalled", recall=found.model_dump(mode="json"))
    for place in (found.symbols or found.files)[:3]:
        journal.report(f"recalled {place.path}{':' + place.symbol if place.symbol else ''}")
    return found


def _before(sandbox: Sandbox, plan: TestPlan | None, journal: Journal, settings: Settings) -> TestRun | None:
    if plan is None:
        return None

    def run() -> TestRun:
        if plan.origin == "suite" and (seen := journal.outcome(suite_key(plan))) is not None:
            return seen
        write_files(sandbox, plan.files)
        return run_tests(sandbox, plan.command, settings.command_timeout)

    before = journal.test(BEFORE, run)
    journal.report(f"before: {run_told(before)}")
    return before
