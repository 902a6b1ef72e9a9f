"""Fit in a run: looked at once the tests pass, and one refinement that is told what is broken.

The refinement may add a test, a changelog entry or whatever else the project's fixes come with. It is kept only where
the tests still pass, with existing tests as they were too, and fit got better: fit never outweighs a test.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from memcoder.agent.context import Excerpt
from memcoder.agent.edits import EditError, apply_edits, parse_edits, take_new_files
from memcoder.agent.journal import Journal
from memcoder.agent.keys import key_of
from memcoder.agent.lines import split_lines
from memcoder.agent.staged import LINE, Bench, diff_of, run_once
from memcoder.errors import LimitError, UsageError
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.memory.conventions.places import expected
from memcoder.models.base import LanguageModel, Sampling
from memcoder.models.tokens import fits
from memcoder.prompts import chat, render, unbroken
from memcoder.records import Attempt, Finding, Fit, Memory, Task
from memcoder.sandbox.base import safe_path
from memcoder.verify.diagnose import diagnose
from memcoder.verify.fit.assess import assess
from memcoder.verify.fit.patched import PatchedFile
from memcoder.wording import first_line

ANSWER_TOKENS = 1200
AROUND = 15
"""Lines shown on either side of what changed."""
BESIDE = 40
"""Lines shown of a file that should change too: a changelog's first, a test's last."""


@dataclass
class Fitting:
    """What a patch is looked at with."""

    repo: Repository
    task: Task
    policies: Sequence[Memory]
    """Of the whole project, as of the base commit."""
    bench: Bench
    journal: Journal

    def assess(self, files: Mapping[str, str]) -> Fit:
        """The fit of changed files, from the log or looked at now."""
        changed = {path: text.encode() for path, text in files.items()}
        key = key_of("fit", sorted(files.items()))
        return self.journal.fit(
            key,
            lambda: assess(self.repo, self.task.base_commit, changed, self.policies, self.bench.sandbox),
        )

    def source(self, path: str) -> str:
        """A file at the base commit; empty where there is none, or where it is not text."""
        return (self.repo.read(self.task.base_commit, path) or b"").decode("utf-8", "replace")

    def diff(self, files: Mapping[str, str]) -> str:
        """Unified diff from the base commit to the changed files."""
        return diff_of({path: self.source(path) for path in files}, files)

    def passes(self, files: Mapping[str, str]) -> str:
        """Why the tests do not pass, with the existing ones changed or as they were; empty where they do."""
        existing = self.repo.tree(self.task.base_commit)
        as_they_were = {path: text for path, text in files.items() if not (is_test_path(path) and path in existing)}
        for tried in (files, as_they_were):
            run = run_once(self.bench, tried, self.journal)
            if not self.bench.resolves(run):
                return diagnose(run) or "tests that passed before are gone"
        return ""


def refine(files: dict[str, str], fitting: Fitting, model: LanguageModel, seed: int) -> dict[str, str]:
    """The files, better fitting where one answer of the model makes them so. A limit leaves them as they are."""
    journal = fitting.journal
    fit = fitting.assess(files)
    journal.report(f"fit {fit.score:.2f}: {len(fit.kept)} kept, {len(fit.broken)} broken")
    if not fit.firm:
        return files
    try:
        reply = _ask(files, fit.firm, fitting, model, seed)
        return files if reply is None else _better(files, fit, reply, fitting)
    except LimitError as error:
        journal.report(f"no refinement for fit: {error.message}")
        return files


def _ask(
    files: Mapping[str, str], broken: Sequence[Finding], fitting: Fitting, model: LanguageModel, seed: int
) -> str | None:
    """The model's answer; None where the question is more than it can read."""
    limits = fitting.journal.limits
    for excerpts in (
        [*_changed(files, fitting), *_beside(files, broken, fitting)],
        list(_changed(files, fitting)),
    ):
        messages = chat(
            render("fit", issue=fitting.task.issue, diff=fitting.diff(files), broken=broken, excerpts=excerpts)
        )
        if fits(messages, ANSWER_TOKENS, model.context):
            break
    else:
        fitting.journal.report("no refinement for fit: the question is more than the model can read")
        return None
    how = Sampling(temperature=0.2, max_tokens=ANSWER_TOKENS, seed=seed, timeout=limits.timeout)
    key = key_of("refine fit", messages, seed)
    replies = fitting.journal.ask(key, messages, lambda: model.sample(messages, 1, how))
    return unbroken(replies[0].text) if replies else None


def _better(files: dict[str, str], fit: Fit, reply: str, fitting: Fitting) -> dict[str, str]:
    """The refined files where the tests still pass and fit got better, else those that there were."""
    journal = fitting.journal
    number, started, refined = journal.last_attempt + 1, journal.limits.seconds, files
    try:
        refined = _edited(files, reply, fitting)
        problem = fitting.passes(refined)
    except (EditError, UsageError) as error:
        problem = str(error)
    passed = not problem
    if passed:
        again = fitting.assess(refined)
        if again.score <= fit.score:
            problem = f"fit did not get better: {again.score:.2f} after {fit.score:.2f}"
    journal.attempt(
        Attempt(
            number=number,
            origin="fit",
            before=fitting.diff(files),
            action=reply,
            after=fitting.diff(refined),
            diagnosis=problem,
            passed=passed and not problem,
            seconds=journal.limits.seconds - started,
        )
    )
    journal.report(f"attempt {number} (fit): {first_line(problem, LINE) or f'kept, fit {again.score:.2f}'}")
    return files if problem else refined


def _edited(files: Mapping[str, str], reply: str, fitting: Fitting) -> dict[str, str]:
    """The files with the answer's edits. Raises EditError, and UsageError for a path that leads out."""
    existing = fitting.repo.tree(fitting.task.base_commit)
    rest, new = take_new_files(reply, {*existing, *files})
    for path in new:
        safe_path(path)
    named = {path: fitting.source(path) for path in existing if path in rest}
    edited = {}
    if rest.strip() and (not new or "SEARCH" in rest):
        sources = {**named, **files}
        edited = apply_edits(parse_edits(rest, sources), sources)
    touched = sorted({*new, *edited} & {*fitting.task.test_files, *fitting.bench.plan.files})
    if touched:
        raise EditError(f"These files may not be changed: {', '.join(touched)}.")
    return {**files, **edited, **new}


def _changed(files: Mapping[str, str], fitting: Fitting) -> Iterator[Excerpt]:
    """The changed files around what changed."""
    for path, text in sorted(files.items()):
        added = PatchedFile(path, fitting.source(path), text).added or {1}
        yield _excerpt(path, text, min(added) - AROUND, max(added) + AROUND)


def _beside(files: Mapping[str, str], broken: Sequence[Finding], fitting: Fitting) -> Iterator[Excerpt]:
    """What should change too and is there: the test file of a changed source, the changelog."""
    existing = fitting.repo.tree(fitting.task.base_commit)
    kinds = {finding.kind for finding in broken}
    conventions = [memory.convention for memory in fitting.policies if memory.convention]
    if "tests" in kinds:
        forms = [each.form for each in conventions if each.rule == "test-file"]
        wanted = dict.fromkeys(expected(form, path) for form in forms for path in files)
        for path in [path for path in wanted if path in existing and path not in files][:1]:
            text = fitting.source(path)
            yield _excerpt(path, text, len(split_lines(text)) - BESIDE, len(split_lines(text)))
    if "changelog" in kinds:
        places = [each.form for each in conventions if each.rule == "changelog-place" and each.form in existing]
        for path in places[:1]:
            yield _excerpt(path, fitting.source(path), 1, BESIDE)


def _excerpt(path: str, text: str, first: int, last: int) -> Excerpt:
    lines = split_lines(text)
    first, last = max(1, first), min(len(lines), last)
    return Excerpt(path, first, last, "\n".join(lines[first - 1 : last]))
