"""Branches, pull requests and comments of ours: looked for first, so that whatever was cut off can be repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memcoder import FaultError
from memcoder.github.api import Api, ApiError
from memcoder.github.event import Trigger
from memcoder.github.markdown import whole_lines
from memcoder.github.options import Options
from memcoder.github.permission import RefusedError
from memcoder.github.text import MARK

RUN = "memcoder run "
"""Begins the line of a commit's message that names its run."""


@dataclass(frozen=True)
class Target:
    """Where a fix goes."""

    branch: str
    tip: str
    """What the branch names now; empty where there is none yet."""
    message: str
    """Of the commit that it names."""
    pull: Mapping[str, Any] | None
    """The open pull request of the branch."""


def find_target(api: Api, options: Options, number: int, default: str) -> Target:
    """The branch of an issue's fix, as it is. Raises RefusedError where it may not be written: it is protected, or has
    commits of others."""
    branch = options.branch(number)
    if branch == default:
        raise RefusedError(f"{branch} is the default branch", "set another `branch-prefix`", to_actor=True)
    found = api.find(f"branches/{branch}")
    if found is not None and found.get("protected"):
        raise RefusedError(f"the branch {branch} is protected", "set another `branch-prefix`", to_actor=True)
    message = str(found["commit"]["commit"]["message"]) if found is not None else ""
    if found is not None and not is_ours(message):
        hint = "rename it, or finish that work by hand"
        raise RefusedError(f"somebody else has committed to {branch}", hint, to_actor=True)
    return Target(branch, str(found["commit"]["sha"]) if found else "", message, open_pull(api, branch))


def check_pull(trigger: Trigger, options: Options, api: Api) -> tuple[int, dict[str, Any]]:
    """The issue that a pull request of ours is about, and the pull request. Raises RefusedError for another one."""
    pull: dict[str, Any] | None = api.find(f"pulls/{trigger.number}")
    if pull is None:
        raise RefusedError(f"there is no pull request {trigger.number}", "was it deleted?")
    if ((pull["head"].get("repo") or {}).get("full_name")) != trigger.repository:
        raise RefusedError("the branch is another repository's", "forks get neither secrets nor runs")
    number = options.issue_of(str(pull["head"]["ref"]))
    if number is None:
        raise RefusedError("the pull request is not one of memcoder's", "comment on an issue instead", to_actor=True)
    if pull["state"] != "open" and trigger.kind != "merged":
        raise RefusedError(f"#{trigger.number} is closed", "reopen it first")
    if pull.get("locked") and trigger.kind != "merged":
        raise RefusedError(f"the conversation of #{trigger.number} is locked", "unlock it first")
    return number, pull


def is_ours(message: str) -> bool:
    """Whether a commit's message says that a run of memcoder made it."""
    return any(line.startswith(RUN) for line in message.splitlines())


def open_pull(api: Api, branch: str) -> Mapping[str, Any] | None:
    """The open pull request of a branch of this repository."""
    owner = api.repository.partition("/")[0]
    found: list[Mapping[str, Any]] = api.get("pulls", head=f"{owner}:{branch}", state="open")
    return next((pull for pull in found if pull["head"]["ref"] == branch), None)


def put_pull(api: Api, options: Options, target: Target, base: str, title: str, body: str) -> str:
    """Open a pull request, or give the open one this text; its address."""
    body = whole_lines(body)
    if target.pull is not None:
        return str(api.patch(f"pulls/{target.pull['number']}", {"body": body})["html_url"])
    wanted = {"title": title, "body": body, "head": target.branch, "base": base, "draft": options.draft}
    try:
        return str(api.post("pulls", wanted)["html_url"])
    except ApiError as error:
        there = open_pull(api, target.branch) if error.status == 422 else None
        if there is not None:  # a first try whose answer was lost
            return str(there["html_url"])
        if error.status == 422 and "draft" in error.message.lower():
            raise FaultError(error.message, "this repository has no drafts: set `draft: false`") from error
        raise


def say_once(api: Api, number: int, key: str, text: str) -> None:
    """Comment on an issue or pull request; what the same run said before is replaced.

    Anybody can write a comment with our mark, and could change it after us: only a bot's is taken for ours.
    """
    mark = f"{MARK} {key} -->"
    body = whole_lines(f"{mark}\n{text}")
    for comment in api.each(f"issues/{number}/comments"):
        ours = (comment.get("user") or {}).get("type") == "Bot" and (comment["body"] or "").startswith(mark)
        if not ours:
            continue
        try:
            api.patch(f"issues/comments/{comment['id']}", {"body": body})
            return
        except ApiError as error:
            if error.status not in (403, 404):  # another bot's
                raise
    api.post(f"issues/{number}/comments", {"body": body})
