"""Solving an issue: memory → resolve → handover, under the issue's lock."""

from typing import Any

from memcoder import MemoryStore, Task, resolve
from memcoder.github.clone import make_clone, tree_of
from memcoder.github.handover import Handover, Plan
from memcoder.github.job import Job, Outcome
from memcoder.github.lock import locked
from memcoder.github.memory import take
from memcoder.github.permission import when
from memcoder.github.pulls import Target, find_target, say_once
from memcoder.github.text import issue_text


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
        return work(job, Plan(number, number, repo, base, default, target, (base,), text))


def _already(job: Job, target: Target) -> Outcome:
    address = str(target.pull["html_url"]) if target.pull else ""
    said = f"There is a pull request already: {address}. `/memcoder retry` works on it anew."
    say_once(job.api, job.trigger.number, job.mark, said)
    return Outcome("exists", "there is a pull request already", address, target.branch, summary=said)


def work(job: Job, plan: Plan) -> Outcome:
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
