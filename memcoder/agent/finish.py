"""From what a strategy found to the patch that is judged: one refinement for fit, and the diff by git's own hand."""

from collections.abc import Mapping

from memcoder.agent.fitting import Fitting, refine
from memcoder.agent.staged import Bench
from memcoder.agent.trial import paths_of
from memcoder.agent.work import Solution, Work
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.store import MemoryStore
from memcoder.records import Fit, Memory, Patch


def finish(work: Work, solution: Solution | None) -> tuple[Patch, Fit | None]:
    """The patch of what a strategy found, refined once for fit where its files can be written anew, and its fit."""
    if solution is None:
        return Patch(diff=""), None
    as_found = Patch(diff=solution.diff, files=tuple(sorted(paths_of(solution.diff))))
    if work.bench is None or not solution.files:
        return as_found, None
    fitting = Fitting(work.repo, work.task, _policies(work), work.bench, work.journal)
    found = dict(solution.files)
    files = refine(found, fitting, work.model, work.settings.seed)
    patch = as_found if solution.diff and files == found else _patch(files, work.bench)
    return patch, fitting.assess(files)


def _policies(work: Work) -> tuple[Memory, ...]:
    """What the project does by custom, as of the base commit."""
    with MemoryStore.open(work.settings, work.repo.key) as store:
        return conventions(work.repo, store, as_of=work.task.base_commit)


def _patch(files: Mapping[str, str], bench: Bench) -> Patch:
    """The changed files as a diff that the sandbox's own git makes."""
    bench.sandbox.reset()
    for path, text in files.items():
        bench.sandbox.write(path, text.encode())
    return Patch(diff=bench.sandbox.diff(), files=tuple(sorted(files)))
