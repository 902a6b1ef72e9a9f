"""The `staged` strategy from end to end: where the failing tests went, what is shown of it, and the search."""

from memcoder.agent.candidates import Question, Schedule, Writer
from memcoder.agent.context import ROOMY, choose_context
from memcoder.agent.staged import search
from memcoder.agent.work import Solution, Work
from memcoder.errors import UsageError
from memcoder.verify.diagnose import diagnose
from memcoder.verify.spectrum import Spectrum, measure_spectrum

TRACED_SECONDS = 30.0
TRACING_SLOWS = 10
"""Tests that take longer are not traced line by line, which makes them up to about so many times slower."""
ENDLESS_SECONDS = 6.0
"""How long tests are traced that do not end."""


def run_staged(work: Work) -> Solution | None:
    """The first change that the tests accept; None where there is none, or no test to say so.

    Raises LimitError when a limit ends the search, and UsageError where no code was recalled.
    """
    spectrum = _spectrum(work)
    context = choose_context(work.repo, work.task.base_commit, work.found, spectrum, protected=work.task.test_files)
    if not context.locations:
        raise UsageError("no code was found that the issue could be about", "is this a repository with source code?")
    diagnosis = diagnose(work.before) if work.before else ""
    question = Question(
        work.task.issue,
        work.memories,
        context,
        diagnosis,
        work.settings.seed,
        guidelines=work.guidelines if work.model.context >= ROOMY else (),
        refines=work.settings.refine != "off",
        infills=work.settings.infill,
        checklist=lambda: [item.text for item in work.checklist],
    )
    schedule = Schedule(Writer(work.model, work.journal, question))
    if work.bench is None:
        return None
    files = search(schedule, work.bench, work.journal, work.settings.max_attempts, raw=work.settings.refine == "raw")
    return None if files is None else Solution(files)


def _spectrum(work: Work) -> Spectrum:
    """Which lines the failing tests run; not asked for where tests take long, because tracing makes them slower."""
    journal, before = work.journal, work.before
    if work.plan is None or before is None or before.passed:
        return Spectrum()
    if before.seconds > TRACED_SECONDS and not before.timed_out:
        return Spectrum()
    with journal.alone:
        if journal.past.spectrum is not None:
            return journal.past.spectrum
        journal.limits.check_time()
        timeout = ENDLESS_SECONDS if before.timed_out else TRACED_SECONDS + TRACING_SLOWS * before.seconds
        timeout = min(timeout, work.settings.command_timeout, journal.limits.timeout)
        spectrum = measure_spectrum(work.sandbox, work.plan, timeout)
        journal.note("spectrum", spectrum=spectrum.model_dump(mode="json"))
        return spectrum
