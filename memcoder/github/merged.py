"""A pull request of ours that was merged is a human's word: what was merged becomes a `fix` memory, on its branch.

What was merged counts, as proposed or edited. The issue's body goes into the memory only where it is still what was
worked on: who wrote it may have changed it since the maintainers read it.
"""

from typing import Any

from memcoder import Memory, MemoryStore, Patch, Repository, Review, Run, Task, keep_fix
from memcoder.github.clone import make_clone
from memcoder.github.job import Job, Outcome
from memcoder.github.memory import grow, take
from memcoder.github.permission import RefusedError, seconds
from memcoder.github.pulls import check_pull, is_ours, say_once
from memcoder.github.sanitise import one_line, sanitise
from memcoder.github.text import DIGEST, digest_of


def remember(job: Job) -> Outcome:
    """Keep what was merged. Raises RefusedError where GitHub does not say that it was."""
    number, pull = check_pull(job.trigger, job.options, job.api)
    default = str(job.api.get("")["default_branch"])
    if not pull.get("merged") or pull["base"]["ref"] != default:
        raise RefusedError("the pull request was not merged into the default branch", "nothing is remembered of it")
    repo = make_clone(job.checkout, job.trigger.repository, number, _known(job, str(pull["merge_commit_sha"])), default)
    messages = [str(each["commit"]["message"]) for each in job.api.each(f"pulls/{pull['number']}/commits")]
    with MemoryStore.open(job.settings(repo), repo.key) as store:
        take(store, job.api, job.options)
        memory = _keep(job, store, repo, number, pull, messages)
        new = grow(store, job.api, job.options, memory.id)
    said = "Remembered: the next run will recall this fix." if new else "This fix is remembered already."
    say_once(job.api, int(pull["number"]), job.mark, said)
    return Outcome("remembered", said, str(pull["html_url"]), str(pull["head"]["ref"]), summary=said)


def _known(job: Job, commit: str) -> str | None:
    """The merge's commit, where the checkout has it; else the tip of the default branch will do."""
    return commit if Repository.open(job.checkout).knows(commit) else None


def _keep(
    job: Job, store: MemoryStore, repo: Repository, number: int, pull: dict[str, Any], messages: list[str]
) -> Memory:
    """The `fix` memory: the same each time, and seen by what comes after the merge."""
    merged_by = str((pull.get("merged_by") or {}).get("login") or job.trigger.actor)
    edited = "" if all(map(is_ours, messages)) else "merged with commits of others"
    base = repo.head()
    time = int(seconds(str(pull["merged_at"])))
    review = Review(decision="accepted", by=merged_by, time=time, reason=edited, commit=base)
    issue = _issue(job, number, pull, messages)
    run = Run(
        id=f"pull-{pull['number']}",
        task=Task(repository=str(repo.path), base_commit=repo.before(base), issue=issue),
        model="",
        strategy="",
        seed=0,
        state="done",
        started=review.time,
        finished=review.time,
        patch=Patch(diff=job.api.text(f"pulls/{pull['number']}", "diff")),
        review=review,
    )
    return keep_fix(store, run, review, repo)


def _issue(job: Job, number: int, pull: dict[str, Any], messages: list[str]) -> str:
    """Title and body, where they are still what was worked on; else the pull request's own title."""
    issue = job.api.find(f"issues/{number}")
    if issue is not None and any(f"{DIGEST}{digest_of(issue)}" in message.splitlines() for message in messages):
        return f"{one_line(str(issue['title'])).text}\n\n{sanitise(issue['body'] or '').text}".strip()
    return one_line(str(pull["title"])).text
