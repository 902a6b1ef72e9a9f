"""From what a strategy found to the last word on it: one refinement for fit, then the verdict in a fresh sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from memcoder.agent.checklist import unchecked
from memcoder.agent.fitting import Fitting, refine
from memcoder.agent.staged import Bench
from memcoder.agent.strategies import STRATEGIES
from memcoder.agent.work import Solution, Work
from memcoder.records import Fit, Memory, Patch, Verdict
from memcoder.sandbox.base import diff_paths, write_files
from memcoder.verify.judge import judge


@dataclass(frozen=True)
class Outcome:
    """A patch, and what is to be said of it."""

    patch: Patch
    verdict: Verdict


def attempt_once(work: Work, strategy: str, policies: Sequence[Memory] | None = None) -> Outcome:
    """Follow a strategy to its end. `policies` of the whole project are asked for where they are not given.

    Raises LimitError when a limit ends it before there is a patch.
    """
    patch, fit = _finish(work, STRATEGIES[strategy](work), policies)
    return Outcome(patch, _judge(work, patch, fit))


def policies_of(work: Work) -> tuple[Memory, ...]:
    """What the project does by custom, as of the base commit."""
    return work.remember.policies(work.repo, as_of=work.task.base_commit)


def _finish(work: Work, solution: Solution | None, policies: Sequence[Memory] | None) -> tuple[Patch, Fit | None]:
    """The patch of what a strategy found, refined once for fit where its files can be written anew, and its fit."""
    if solution is None:
        return Patch(diff=""), None
    as_found = Patch(diff=solution.diff, files=tuple(sorted(diff_paths(solution.diff))))
    if work.bench is None or not solution.files:
        return as_found, None
    known = policies_of(work) if policies is None else policies
    fitting = Fitting(work.repo, work.task, known, work.bench, work.journal)
    found = dict(solution.files)
    files = refine(found, fitting, work.model, work.settings.seed)
    patch = as_found if solution.diff and files == found else _patch(files, work.bench)
    return patch, fitting.assess(files)


def _patch(files: dict[str, str], bench: Bench) -> Patch:
    """The changed files as a diff that the sandbox's own git makes."""
    bench.sandbox.reset()
    write_files(bench.sandbox, files)
    return Patch(diff=bench.sandbox.diff(), files=tuple(sorted(files)))


def _judge(work: Work, patch: Patch, fit: Fit | None) -> Verdict:
    work.journal.report("verifying in a fresh sandbox")
    verdict = judge(
        work.environment,
        work.repo,
        work.task.base_commit,
        patch,
        work.plan,
        timeout=work.settings.command_timeout,
        before=work.before,
        protected=work.task.test_files,
    )
    work.journal.report(f"verdict: {verdict.status}")
    listed = () if patch.empty else unchecked(work.journal.past.checklist or (), diff_paths(patch.diff))
    return verdict.model_copy(update={"fit": fit, "unverified": (*verdict.unverified, *listed)})
