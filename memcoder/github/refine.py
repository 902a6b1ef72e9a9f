"""Working on a pull request of ours again, as its reviewer asks; the same branch gets another commit.

The whole change is made and verified anew on the commit that the branch begins at, so that its evidence is that of the
whole, and the issue's tests decide again.
"""

from dataclasses import replace
from typing import Any

from memcoder import FaultError, Repository
from memcoder.github.clone import make_clone, tree_of
from memcoder.github.git import git, run
from memcoder.github.handover import Plan
from memcoder.github.job import Job, Outcome
from memcoder.github.lock import locked
from memcoder.github.permission import LATE, RefusedError, changed_since, check_comment, check_issue, when
from memcoder.github.pulls import Target, check_pull, find_target, is_ours
from memcoder.github.text import DIGEST, digest_of, issue_text, refined_text
from memcoder.github.work import work


def refine(job: Job) -> Outcome:
    """Work on a pull request of ours again, as its reviewer asks; the same branch gets another commit."""
    number, pull = check_pull(job.trigger, job.options, job.api)
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
        return work(job, Plan(number, job.trigger.number, repo, base, default, target, (head,), text))


def _check_worked_on(job: Job, issue: dict[str, Any], target: Target) -> None:
    """Raises RefusedError where the issue may have been edited after the review, by someone else than the reviewer."""
    if DIGEST + digest_of(issue) not in target.message.splitlines() and changed_since(issue, job.trigger, job.api):
        raise RefusedError("the issue was edited, or talked about, after the review", LATE, to_actor=True)


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
