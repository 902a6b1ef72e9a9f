"""What becomes of an ended run: a branch and a draft pull request with its evidence, or the reason why not.

It can be cut off anywhere and repeated: `resolve` hands the same run over again, and what is there already is found. A
branch whose pull request could not be opened goes again, so that nothing is left half done.
"""

import shlex
from dataclasses import dataclass, replace

from memcoder import MemcoderError, MemoryStore, Repository, Run, Settings, conventions, export, fix_subject
from memcoder.github.clone import make_commit
from memcoder.github.git import git, push
from memcoder.github.job import Job, Outcome
from memcoder.github.markdown import bare
from memcoder.github.pulls import RUN, Target, put_pull, say_once
from memcoder.github.report import Facts, pull_body, unverified_comment, verified_comment
from memcoder.github.text import DIGEST, IssueText

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
        body = pull_body(run, replace(facts, changed=self._changed(commit)))
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

    def _changed(self, commit: str) -> tuple[tuple[str, str], ...]:
        """Paths with their added and deleted lines, as git counts them."""
        options = ("-r", "-z", "--numstat", "--no-renames")
        listed = git(self.plan.repo.path, "diff-tree", *options, self.plan.base, commit).decode(errors="replace")
        entries = (entry.split("\t", 2) for entry in listed.split("\0") if entry)
        return tuple((path, f"{added} added, {deleted} deleted lines") for added, deleted, path in entries)

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
