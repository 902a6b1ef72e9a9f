"""Solving an issue, and refining what was proposed: memory → resolve → branch → draft pull request → answer.

Everything is looked for before it is made, and nothing is left half done: a branch whose pull request could not be
opened goes again. `resolve` hands the ended run over here, and hands it over again where this was cut off.
"""

import shlex
from dataclasses import dataclass, replace
from typing import Any

from memcoder import (
    FaultError,
    MemcoderError,
    MemoryStore,
    Repository,
    Run,
    Settings,
    Task,
    conventions,
    export,
    fix_subject,
    resolve,
)
from memcoder.github.clone import make_clone, make_commit, tree_of
from memcoder.github.git import git, push, run
from memcoder.github.job import Job, Outcome
from memcoder.github.lock import locked
from memcoder.github.markdown import bare
from memcoder.github.memory import take
from memcoder.github.permission import LATE, RefusedError, changed_since, check_comment, check_issue, when
from memcoder.github.pulls import RUN, Target, find_target, is_ours, put_pull, say_once
from memcoder.github.report import Facts, pull_body, unverified_comment, verified_comment
from memcoder.github.text import DIGEST, IssueText, digest_of, issue_text, refined_text

WORKFLOWS = ".github/workflows"


@dataclass(frozen=True)
class Plan:
    """What is to be worked on, and where the result goes."""

    number: int
    """The issue."""
    answer_on: int
    """The issue or pull request that gets the answer."""
    repo: Repository
    base: str
    default: str
    """The default branch, against which pull requests are opened."""
    target: Target
    parents: tuple[str, ...]
    """Of the commit that is to be made."""
    text: IssueText


def solve(job: Job, issue: dict[str, Any]) -> Outcome:
    """Solve an issue that may be worked on."""
    number = job.trigger.number
    default = str(job.api.get("")["default_branch"])
    repo = make_clone(job.checkout, job.trigger.repository, number, None, default)
    base = repo.head()
    with locked(job.api, job.trigger, job.options, number, tree_of(repo, base)):
        target = find_target(job.api, job.options, number, default)
        if target.pull is not None and job.trigger.kind == "solve":
            return _already(job, target)
        text = issue_text(job.trigger, issue, job.api, when(job.trigger, job.api))
        return _work(job, Plan(number, number, repo, base, default, target, (base,), text))


def refine(job: Job) -> Outcome:
    """Work on a pull request of ours again, as its reviewer asks; the same branch gets another commit."""
    number, pull = check_pull(job)
    check_comment(job.trigger, job.api)
    issue = check_issue(replace(job.trigger, number=number, title=None, comment=0), job.api)
    default = str(job.api.get("")["default_branch"])
    head = str(pull["head"]["sha"])
    base = _fork_point(job, default, head)
    repo = make_clone(job.checkout, job.trigger.repository, number, base, default)
    with locked(job.api, job.trigger, job.options, number, tree_of(repo, base)):
        target = find_target(job.api, job.options, number, default)
        if target.tip != head:
            raise RefusedError("the branch moved after the trigger", "ask again", to_actor=True)
        _check_worked_on(job, issue, target)
        diff = git(repo.path, "diff", "--no-ext-diff", "--no-textconv", base, head).decode(errors="replace")
        text = issue_text(job.trigger, issue, job.api, when(job.trigger, job.api))
        text = refined_text(job.trigger, text, diff, job.api)
        return _work(job, Plan(number, job.trigger.number, repo, base, default, target, (head,), text))


def _check_worked_on(job: Job, issue: dict[str, Any], target: Target) -> None:
    """Raises RefusedError where the issue may have been edited after the review, by someone else than the reviewer."""
    if DIGEST + digest_of(issue) not in target.message.splitlines() and changed_since(issue, job.trigger, job.api):
        raise RefusedError("the issue was edited, or talked about, after the review", LATE, to_actor=True)


def check_pull(job: Job) -> tuple[int, dict[str, Any]]:
    """The issue that a pull request of ours is about, and the pull request. Raises RefusedError for another one."""
    pull: dict[str, Any] | None = job.api.find(f"pulls/{job.trigger.number}")
    if pull is None:
        raise RefusedError(f"there is no pull request {job.trigger.number}", "was it deleted?")
    if ((pull["head"].get("repo") or {}).get("full_name")) != job.trigger.repository:
        raise RefusedError("the branch is another repository's", "forks get neither secrets nor runs")
    number = job.options.issue_of(str(pull["head"]["ref"]))
    if number is None:
        raise RefusedError("the pull request is not one of memcoder's", "comment on an issue instead", to_actor=True)
    if pull["state"] != "open" and job.trigger.kind != "merged":
        raise RefusedError(f"#{job.trigger.number} is closed", "reopen it first")
    if pull.get("locked") and job.trigger.kind != "merged":
        raise RefusedError(f"the conversation of #{job.trigger.number} is locked", "unlock it first")
    return number, pull


def _fork_point(job: Job, default: str, head: str) -> str:
    """The commit of the default branch that a pull request of ours begins at. Raises RefusedError where others have
    committed to it."""
    checkout = Repository.open(job.checkout).path
    for name in (f"refs/remotes/origin/{default}", f"refs/heads/{default}"):
        found = run(checkout, "merge-base", name, head)
        if found.returncode == 0:
            base = found.stdout.decode().strip()
            messages = git(checkout, "log", "--format=%B%x00", f"{base}..{head}").decode(errors="replace")
            if all(map(is_ours, filter(str.strip, messages.split("\0")))):
                return base
            raise RefusedError("others have committed to the branch", "finish that by hand", to_actor=True)
    raise FaultError("the checkout does not have the pull request's branch", "check out with `fetch-depth: 0`")


def _already(job: Job, target: Target) -> Outcome:
    address = str(target.pull["html_url"]) if target.pull else ""
    said = f"There is a pull request already: {address}. `/memcoder retry` works on it anew."
    say_once(job.api, job.trigger.number, job.mark, said)
    return Outcome("exists", "there is a pull request already", address, target.branch, summary=said)


def _work(job: Job, plan: Plan) -> Outcome:
    """Recall, solve, and hand over."""
    settings = job.settings(plan.repo)
    with MemoryStore.open(settings, plan.repo.key) as store:
        notes = (*plan.text.notes, *take(store, job.api, job.options))
    for note in notes:
        job.say(note)
    task = Task(
        repository=str(plan.repo.path),
        base_commit=plan.base,
        issue=plan.text.text,
        test_command=settings.test_command,
    )
    handover = Handover(job, plan, settings, notes)
    anew = job.trigger.kind == "retry" and job.trigger.attempt == 1
    resolve(task, settings, model=job.model, new=anew, report=job.say, hand_over=handover)
    assert handover.outcome is not None  # noqa: S101 - resolve hands over, or raises
    return handover.outcome


@dataclass
class Handover:
    """Brings an ended run to GitHub; it can be cut off anywhere and repeated."""

    job: Job
    plan: Plan
    settings: Settings
    notes: tuple[str, ...]
    outcome: Outcome | None = None

    def __call__(self, run: Run) -> None:
        """Push and open a pull request for what is verified; say why for what is not."""
        export(run, self.job.out)
        facts = self.job.facts(self.plan.number, notes=self.notes, reproduce=self._reproduce(run))
        status = run.verdict.status if run.verdict else "unverified"
        if status != "verified" or run.patch is None or run.patch.empty:
            self._tell(unverified_comment(run, facts))
            reasons = run.verdict.reasons if run.verdict else (run.error,)
            made = Outcome("unverified", "; ".join(filter(None, reasons)), summary=unverified_comment(run, facts))
        else:
            made = self._propose(run, facts)
        cost = run.usage.cost if run.usage.cost_known else None
        stopped = run.state == "stopped"
        self.outcome = replace(made, run=run.id, run_path=str(self.job.out), cost=cost, stopped=stopped)

    def _propose(self, run: Run, facts: Facts) -> Outcome:
        target, title = self.plan.target, self._title(run)
        commit = self._commit(run, title)
        if self._touches_workflows(commit):
            said = f"The fix would change `{WORKFLOWS}`, which it may not. Nothing was pushed."
            self._tell(said)
            return Outcome("refused", f"the patch touches {WORKFLOWS}", summary=said)
        body = pull_body(run, facts)
        address = self._publish(commit, title, body)
        self._tell(verified_comment(run, facts, address, target.pull is not None))
        return Outcome("verified", "", address, target.branch, summary=body)

    def _publish(self, commit: str, title: str, body: str) -> str:
        """Push, and have a pull request for it; where there can be none, a branch that was new goes again."""
        job, target = self.job, self.plan.target
        if commit != target.tip:
            url = f"{job.server}/{job.trigger.repository}.git"
            push(self.plan.repo.path, url, job.api.token, commit, target.branch, target.tip)
        try:
            return put_pull(job.api, job.options, target, self.plan.default, title, body)
        except MemcoderError:
            if not target.tip:
                job.say(f"the pull request could not be opened: taking the branch {target.branch} back")
                self._take_back(target.branch)
            raise

    def _take_back(self, branch: str) -> None:
        try:
            self.job.api.delete(f"git/refs/heads/{branch}")
        except MemcoderError as error:  # the first error is the one to be told
            self.job.say(f"the branch {branch} stays: {error.message}")

    def _commit(self, run: Run, title: str) -> str:
        """The commit of a run: the same each time, as its times are the run's own."""
        plan, diff = self.plan, run.patch.diff if run.patch else ""
        message = f"{title}\n\nFor #{plan.number}.\n\n{RUN}{run.id}\n{DIGEST}{plan.text.digest}\n"
        return make_commit(plan.repo, plan.base, list(plan.parents), diff, message, run.started)

    def _title(self, run: Run) -> str:
        """In the project's custom; it mentions nobody, and closes no other issue."""
        repo = self.plan.repo
        with MemoryStore.open(self.settings, repo.key) as store:
            return bare(fix_subject(run.task.issue, conventions(repo, store, as_of=self.plan.base)))

    def _touches_workflows(self, commit: str) -> bool:
        """Whether a commit changes workflow files without leave; git says what it changes, not the patch."""
        repo, base = self.plan.repo, self.plan.base
        listed = git(repo.path, "diff-tree", "-r", "-z", "--name-only", "--no-renames", base, commit)
        paths = listed.decode(errors="replace").lower().split("\0")
        touched = any(path == ".github" or f"{path}/".startswith(f"{WORKFLOWS}/") for path in paths)
        return touched and not self.job.options.allow_workflow_changes

    def _tell(self, text: str) -> None:
        say_once(self.job.api, self.plan.answer_on, self.job.mark, text)

    def _reproduce(self, run: Run) -> tuple[str, ...]:
        address = f"{self.job.server}/{self.job.trigger.repository}/issues/{self.plan.number}"
        words = ["memcoder", "solve", ".", "--issue", address, "--base", self.plan.base, "--seed", str(run.seed)]
        words += ["--model", run.model, *(["--test", run.task.test_command] if run.task.test_command else [])]
        return (f"git fetch origin {self.plan.base}", shlex.join(words))
