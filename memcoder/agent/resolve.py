"""The one door to solving: `resolve(task, settings) -> Run`.

mine → recall → plan the tests → search with verification → one refinement for fit → judge in a fresh sandbox → run
record. Everything that is asked, tried and found is in the run's log before it is used, so a run that was cut off
continues.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

from memcoder.agent.budget import SharedBudget
from memcoder.agent.candidates import Question, Schedule, Writer
from memcoder.agent.choosing import suite_key
from memcoder.agent.context import choose_context
from memcoder.agent.fitting import Fitting, refine
from memcoder.agent.journal import Journal, Report
from memcoder.agent.limits import Limits
from memcoder.agent.reproduction import make_plan
from memcoder.agent.staged import Bench, search
from memcoder.config import Settings
from memcoder.errors import BudgetError, LimitError, MemcoderError, UsageError
from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.mine import mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.models.base import LanguageModel, Listen
from memcoder.models.door import open_model
from memcoder.records import Fit, Memory, Patch, Recall, Run, Task, TestRun, Verdict
from memcoder.runs.store import RunLog, RunStore, fingerprint
from memcoder.sandbox.base import Environment, Sandbox
from memcoder.sandbox.door import prepare
from memcoder.verify.diagnose import diagnose
from memcoder.verify.judge import judge
from memcoder.verify.plan import TestPlan
from memcoder.verify.runner import run_tests
from memcoder.verify.spectrum import Spectrum, measure_spectrum

STRATEGY = "staged"
VECTOR_SECONDS = 20.0
"""What a run waits for vectors; recall says when some are missing, and the next mine makes them."""
TRACED_SECONDS = 30.0
TRACING_SLOWS = 10
"""Tests that take longer are not traced line by line, which makes them up to about so many times slower."""
ENDLESS_SECONDS = 6.0
"""How long tests are traced that do not end."""
MEMORIES_SHOWN = 3
MEMORY_CHARACTERS = 400

Opening = AbstractContextManager[LanguageModel]
"""The model, opened when it is needed."""


def resolve(
    task: Task,
    settings: Settings,
    *,
    model: LanguageModel | None = None,
    runs: RunStore | None = None,
    new: bool = False,
    report: Report | None = None,
    hand_over: Callable[[Run], None] | None = None,
    budget: SharedBudget | None = None,
    listen: Listen | None = None,
) -> Run:
    """Resolve one issue; the run, whatever became of it, is in the run store.

    `model` is used where the caller has one open, else the settings' model is opened. An unfinished run of the same
    task, model and settings is continued unless `new`. Errors of use, missing parts and faults are raised as
    MemcoderError and leave the run unfinished, so that it can be continued; a reached limit ends it. `budget` is what
    this run shares with others: once it is spent, BudgetError is raised, and the run can be continued too. `listen`
    gets the text of the opened model's answers as it comes.

    `hand_over` is called with the ended run, whatever its outcome. Where it raises or is cut off, repeating calls
    it again for the same run, and nothing is solved again; so it must bear to be repeated.
    """
    say = report or (lambda line: None)
    limits = Limits.of(settings, budget)
    if settings.model is None:
        raise UsageError("no model was chosen", "run `memcoder init`, or give --model embedded")
    repo = Repository.open(Path(task.repository))
    task = task.model_copy(update={"base_commit": repo.resolve(task.base_commit)})
    runs = runs or RunStore.open()
    with _log(runs, repo, task, settings, new, say) as log:
        journal = Journal(log, limits, say)
        if not journal.finished:
            opening = nullcontext(model) if model else open_model(settings, say=say, listen=listen)
            log.append("finished", **_end(task, settings, repo, opening, journal), handed_over=hand_over is None)
        run = log.run()
        if hand_over is not None:
            hand_over(run)
        if hand_over is not None or journal.finished:
            log.append("handed over")
        return run


def _end(task: Task, settings: Settings, repo: Repository, opening: Opening, journal: Journal) -> dict[str, Any]:
    """Solve, and say how it ended. Faults, and a spent budget, are noted and raised: they leave the run unfinished."""
    limits = journal.limits
    try:
        _solve(task, settings, repo, opening, journal)
    except MemcoderError as error:
        if isinstance(error, LimitError) and not isinstance(error, BudgetError):
            journal.report(error.message)
            return {"state": "stopped", "error": error.message, "seconds": limits.seconds}
        journal.note("faulted", error=error.message, seconds=limits.seconds)
        raise
    return {"state": "done", "seconds": limits.seconds}


def _log(runs: RunStore, repo: Repository, task: Task, settings: Settings, new: bool, say: Report) -> RunLog:
    mark = fingerprint(repo.key, task, settings.model or "", STRATEGY, settings)
    found = None if new else runs.find_unfinished(mark)
    if found is not None:
        say(f"continuing run {found.id} (--new starts another)")
        return found
    log = runs.create(task, model=settings.model or "", strategy=STRATEGY, seed=settings.seed, fingerprint=mark)
    say(f"run {log.id}")
    return log


def _solve(task: Task, settings: Settings, repo: Repository, opening: Opening, journal: Journal) -> None:
    with ExitStack() as stack:
        environment = prepare(repo.path, task.base_commit, settings, progress=journal.report)
        if journal.judged:  # only now, as preparing also removes what a killed sitting left
            return
        found = _recall(task, settings, repo, journal)
        model = stack.enter_context(opening)
        if model.price(1, 1) is None:
            journal.report(f"the price of {model.name} is not known: --max-cost cannot stop this run, --max-tokens can")
        sandbox = stack.enter_context(environment.start())
        plan = make_plan(task, repo, found, model, sandbox, journal, settings)
        before = _before(sandbox, plan, journal, settings)
        spectrum = _spectrum(sandbox, plan, before, journal, settings)
        context = choose_context(repo, task.base_commit, found, spectrum, protected=task.test_files)
        if not context.locations:
            raise UsageError(
                "no code was found that the issue could be about", "is this a repository with source code?"
            )
        question = Question(task.issue, _memories(found), context, diagnose(before) if before else "", settings.seed)
        schedule = Schedule(Writer(model, journal, question))
        patch, fit = Patch(diff=""), None
        if plan is not None and before is not None:
            bench = Bench(sandbox, plan, before, settings.command_timeout)
            files = search(schedule, bench, journal, settings.max_attempts)
            if files is not None:
                fitting = Fitting(repo, task, _policies(task, settings, repo), bench, journal)
                files = refine(files, fitting, model, settings.seed)
                patch, fit = _patch(files, bench), fitting.assess(files)
        _judge(environment, repo, task, patch, plan, before, settings, journal, fit)


def _recall(task: Task, settings: Settings, repo: Repository, journal: Journal) -> Recall:
    """Memory as of the base commit; what earlier sittings recalled is kept, so that a run never changes its mind."""
    if journal.recalled is not None:
        return journal.recalled
    with MemoryStore.open(settings, repo.key) as store:
        mined = mine(repo, store, within=VECTOR_SECONDS)
        journal.report(f"memory: {mined.commits} commits, {mined.new} new")
        found = recall(repo, store, task.issue, as_of=task.base_commit, k=settings.recall_k)
    journal.note("recalled", recall=found.model_dump(mode="json"))
    for place in (found.symbols or found.files)[:3]:
        journal.report(f"recalled {place.path}{':' + place.symbol if place.symbol else ''}")
    return found


def _memories(found: Recall) -> list[str]:
    """What a prompt says of each memory: subject and body, cut; never the whole diff, which misleads small models."""
    return [item.memory.message.strip()[:MEMORY_CHARACTERS] for item in found.memories[:MEMORIES_SHOWN]]


def _before(sandbox: Sandbox, plan: TestPlan | None, journal: Journal, settings: Settings) -> TestRun | None:
    if plan is None:
        return None

    def run() -> TestRun:
        for path, text in plan.files.items():
            sandbox.write(path, text.encode())
        return run_tests(sandbox, plan.command, settings.command_timeout)

    before = journal.test("before" if plan.origin != "suite" else suite_key(plan), run)
    journal.report(f"before: {len(before.failing)} of {len(before.tests)} tests fail, exit {before.exit_code}")
    return before


def _spectrum(
    sandbox: Sandbox, plan: TestPlan | None, before: TestRun | None, journal: Journal, settings: Settings
) -> Spectrum:
    """Which lines the failing tests run; not asked for where tests take long, because tracing makes them slower."""
    if journal.spectrum is not None:
        return journal.spectrum
    if plan is None or before is None or before.passed or (before.seconds > TRACED_SECONDS and not before.timed_out):
        return Spectrum()
    journal.limits.check_time()
    timeout = ENDLESS_SECONDS if before.timed_out else TRACED_SECONDS + TRACING_SLOWS * before.seconds
    timeout = min(timeout, settings.command_timeout, max(1.0, journal.limits.seconds_left))
    spectrum = measure_spectrum(sandbox, plan, timeout)
    journal.note("spectrum", spectrum=spectrum.model_dump(mode="json"))
    return spectrum


def _policies(task: Task, settings: Settings, repo: Repository) -> tuple[Memory, ...]:
    """What the project does by custom, as of the base commit."""
    with MemoryStore.open(settings, repo.key) as store:
        return conventions(repo, store, as_of=task.base_commit)


def _patch(files: dict[str, str], bench: Bench) -> Patch:
    """The changed files as a diff that the sandbox's own git makes."""
    bench.sandbox.reset()
    for path, text in files.items():
        bench.sandbox.write(path, text.encode())
    return Patch(diff=bench.sandbox.diff(), files=tuple(sorted(files)))


def _judge(
    environment: Environment,
    repo: Repository,
    task: Task,
    patch: Patch,
    plan: TestPlan | None,
    before: TestRun | None,
    settings: Settings,
    journal: Journal,
    fit: Fit | None,
) -> None:
    journal.report("verifying in a fresh sandbox")
    verdict: Verdict = judge(
        environment,
        repo,
        task.base_commit,
        patch,
        plan,
        timeout=settings.command_timeout,
        before=before,
        protected=task.test_files,
    )
    verdict = verdict.model_copy(update={"fit": fit})
    journal.note("verdict", patch=patch.model_dump(mode="json"), verdict=verdict.model_dump(mode="json"))
    journal.report(f"verdict: {verdict.status}")
