"""One run of the Action, from the event to its outcome."""

from dataclasses import replace
from typing import Any

from memcoder import MemcoderError
from memcoder.github.cache import cached
from memcoder.github.explain import explain
from memcoder.github.job import Job, Outcome
from memcoder.github.markdown import code
from memcoder.github.merged import remember
from memcoder.github.permission import RefusedError, check_actor, check_issue
from memcoder.github.pulls import check_pull, find_target, say_once
from memcoder.github.refine import refine
from memcoder.github.work import solve


def handle(job: Job) -> Outcome:
    """Do what the trigger asks for. Raises RefusedError where it may not, and MemcoderError for faults; both are told
    on the issue where the one who asked is allowed to ask."""
    if job.trigger.kind == "none":
        return Outcome("ignored", "the event asks for nothing")
    check_actor(job.trigger, job.options, job.api)
    try:
        with cached(job):
            return _act(job)
    except RefusedError as error:
        if error.to_actor:
            _tell(job, f"I did not start: {code(error.message)}; {code(error.hint)}.")
        raise
    except MemcoderError as error:
        _tell(job, f"I stopped, because something failed: {code(error.message)}. Run the workflow again to go on.")
        raise


def plan(job: Job) -> dict[str, Any]:
    """What `handle` would do, without doing any of it. Raises RefusedError as it does."""
    trigger = job.trigger
    document: dict[str, Any] = {
        "command": "github run",
        "dry_run": True,
        "kind": trigger.kind,
        "repository": trigger.repository,
        "number": trigger.number,
        "actor": trigger.actor,
    }
    if trigger.kind == "none":
        return document | {"verdict": "ignored", "would": []}
    document["permission"] = check_actor(trigger, job.options, job.api)
    default = str(job.api.get("")["default_branch"])
    number = trigger.number
    if trigger.kind in ("refine", "merged"):
        number = check_pull(job.trigger, job.options, job.api)[0]
    if trigger.kind != "merged":
        refining = trigger.kind == "refine"
        check_issue(replace(trigger, number=number, title=None, comment=0) if refining else trigger, job.api)
    target = find_target(job.api, job.options, number, default) if trigger.kind != "merged" else None
    return document | {
        "verdict": "planned",
        "base": default,
        "branch": target.branch if target else job.options.memory_branch,
        "pull_request": str(target.pull["html_url"]) if target and target.pull else "",
        "guidance": trigger.guidance,
        "would": WOULD[trigger.kind],
    }


WOULD = {
    "solve": ["solve", "push", "open a draft pull request", "comment"],
    "retry": ["solve", "push", "open or update a draft pull request", "comment"],
    "refine": ["solve", "push", "update the pull request", "comment"],
    "explain": ["recall", "comment"],
    "merged": ["keep the fix", "write the memory branch", "comment"],
}


def _act(job: Job) -> Outcome:
    match job.trigger.kind:
        case "merged":
            return remember(job)
        case "refine":
            return refine(job)
    issue = check_issue(job.trigger, job.api)
    return explain(job, issue) if job.trigger.kind == "explain" else solve(job, issue)


def _tell(job: Job, text: str) -> None:
    """On the issue or pull request, as far as that works: the error itself is what matters."""
    try:
        say_once(job.api, job.trigger.number, job.mark, text)
    except MemcoderError as error:
        job.say(f"GitHub could not be told: {error.message}")
