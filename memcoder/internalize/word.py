"""The human's word, from whichever door it comes: what was accepted becomes a `fix` memory, and what it teaches too."""

from collections.abc import Iterator, Sequence

from memcoder.history.diffs import changed_lines
from memcoder.history.repository import Repository
from memcoder.internalize.gap import gap_between
from memcoder.internalize.lessons import keep_lessons, lessons_of
from memcoder.internalize.principles import Failure
from memcoder.internalize.skills import keep_skills, skills_of
from memcoder.memory.keep import accepted_base, accepted_patch, keep_fix
from memcoder.memory.store import MemoryStore
from memcoder.records import Attempt, Memory, Record, Review, Run

ATTEMPTS = 10
"""Failed attempts of a run that are compared with what was accepted: the last ones, which were the most considered."""


class Taken(Record):
    """What a word made of a run; the same word again gives the same."""

    fix: Memory
    lessons: tuple[Memory, ...] = ()
    """Lessons and guardrails, as they are kept."""
    skills: tuple[Memory, ...] = ()
    """Commands that worked; quarantined until someone trusts them."""


def take_word(
    store: MemoryStore, run: Run, review: Review, repo: Repository | None = None, install: Sequence[str] = ()
) -> Taken:
    """Keep an accepted run: the fix, what the human changed and what failed attempts teach, commands that worked.

    `install` are the steps that the run's environment was built with. Raises UsageError as `keep_fix` does. Cut off,
    it is completed by the same call.
    """
    repo = repo or Repository.open(run.task.repository)
    fix = keep_fix(store, run, review, repo)
    origin = fix.provenance
    accepted, onto = accepted_patch(run, review), accepted_base(repo, run, review)
    base, proposed = run.task.base_commit, run.patch
    gap = None
    if review.edited is not None and proposed is not None and not proposed.empty:
        gap = gap_between(repo, base, proposed.diff, accepted.diff, accepted_base=onto)
    sources = (fix.id, *((review.commit,) if review.commit else ()))
    lessons = lessons_of(
        gap,
        issue=run.task.issue,
        provenance=origin,
        sources=sources,
        failures=failures_of(repo, run, accepted.diff, onto),
    )
    skills = skills_of(repo, run, origin, install)
    return Taken(fix=fix, lessons=keep_lessons(store, lessons, repo), skills=keep_skills(store, skills))


def failures_of(repo: Repository, run: Run, accepted: str, accepted_base: str | None = None) -> tuple[Failure, ...]:
    """A run's attempts that its tests refused, each against what was accepted, the last one first."""
    refused: dict[str, Attempt] = {}
    for attempt in run.attempts:
        if not attempt.passed and attempt.outcome and attempt.after.strip() and attempt.after != attempt.before:
            refused[attempt.after] = attempt
    base = run.task.base_commit
    known = {*repo.tree(base), *(change.path for change, _ in changed_lines(accepted))}
    passes = run.verdict.after.tests if run.verdict and run.verdict.after else {}

    def tests(attempt: Attempt) -> Iterator[str]:
        """Failing tests of files that the project has, and that the run's own patch passes, without parameters."""
        for name, outcome in attempt.outcome.items():
            if outcome in ("failed", "error") and passes.get(name) == "passed" and name.partition("::")[0] in known:
                yield name.partition("[")[0]

    return tuple(
        Failure(gap_between(repo, base, attempt.after, accepted, accepted_base=accepted_base), tuple(tests(attempt)))
        for attempt in list(refused.values())[: -ATTEMPTS - 1 : -1]
    )
