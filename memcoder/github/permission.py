"""May it act? Everything here is asked of GitHub or stands in the event, and whatever is not clear is refused."""

import time
from datetime import datetime
from typing import Any
from urllib.parse import quote

from memcoder import UsageError
from memcoder.github.api import Api, ApiError
from memcoder.github.event import Trigger
from memcoder.github.options import Options

LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}
"""What the API calls `permission`: triage counts as read in it, maintain as write."""
LATE = "trigger it again once you have read it"


class RefusedError(UsageError):
    """It may not act, and did nothing; `to_actor` where the actor is one who may know why on the issue itself."""

    def __init__(self, message: str, hint: str = "", *, to_actor: bool = False) -> None:
        super().__init__(message, hint)
        self.to_actor = to_actor


def check_actor(trigger: Trigger, options: Options, api: Api) -> str:
    """The actor's permission, in a word. Raises RefusedError where it does not suffice.

    A merge is no command: GitHub itself lets nobody merge who may not, so whoever's word it was counts.
    """
    if trigger.from_fork:
        raise RefusedError("the branch is another repository's", "forks get neither secrets nor runs")
    if trigger.kind == "merged":
        return "merged"
    if not trigger.actor:
        raise RefusedError("the event names nobody", "it needs an actor whose permission can be asked for")
    levels = [_level(trigger.actor, trigger.actor_type, options, api)]
    if trigger.restarted_by:
        levels.append(_level(trigger.restarted_by, "", options, api))
    return levels[0]


def _level(login: str, kind: str, options: Options, api: Api) -> str:
    """The permission of one account; that of a bot is being on the list."""
    if login.lower().endswith("[bot]") or kind not in ("", "User"):
        return _bot(login, options)
    try:
        found = api.get(f"collaborators/{quote(login, safe='')}/permission")
    except ApiError as error:
        if error.status != 404:
            raise
        raise RefusedError(f"{login} is not known to {api.repository}", "a collaborator has to start it") from error
    if (found.get("user") or {}).get("type", "User") != "User":
        return _bot(login, options)
    level = str(found.get("permission") or "none")
    if LEVELS.get(level, 0) < LEVELS[options.permission]:
        raise RefusedError(
            f"{login} has the permission `{level}` on {api.repository}, and `{options.permission}` is needed",
            "someone who has it can start it",
        )
    return level


def _bot(login: str, options: Options) -> str:
    listed = {_plain(name) for name in options.allowed_bots}
    if _plain(login) not in listed:
        raise RefusedError(f"{login} is a bot that is not on the list", "add it to `allowed-bots`")
    return "bot"


def _plain(login: str) -> str:
    return login.strip().lower().removesuffix("[bot]")


def check_issue(trigger: Trigger, api: Api) -> dict[str, Any]:
    """The issue as it is now. Raises RefusedError where it is not open to work, or is not what the actor saw."""
    issue: dict[str, Any] | None = api.find(f"issues/{trigger.number}")
    if issue is None:
        raise RefusedError(f"there is no issue {trigger.number}", "was it moved or deleted?")
    if "pull_request" in issue and trigger.kind in ("solve", "retry"):
        raise RefusedError(f"#{trigger.number} is a pull request", "give the number of an issue", to_actor=True)
    if issue.get("state") != "open":
        raise RefusedError(f"#{trigger.number} is closed", "reopen it first")
    if issue.get("locked"):
        raise RefusedError(f"the conversation of #{trigger.number} is locked", "unlock it first")
    _check_unchanged(trigger, issue, api)
    return issue


def check_comment(trigger: Trigger, api: Api) -> None:
    """Raises RefusedError where the comment that asks is not as it was written."""
    if trigger.comment:
        comment = api.find(f"issues/comments/{trigger.comment}")
        if comment is None or (comment.get("body") or "") != trigger.comment_body:
            raise RefusedError("the comment was edited or removed after it was written", LATE, to_actor=True)


def changed_since(issue: dict[str, Any], trigger: Trigger, api: Api) -> bool:
    """Whether anything changed on an issue after the trigger. REST does not tell an edit from another comment."""
    return seconds(str(issue["updated_at"])) > seconds(when(trigger, api))


def _check_unchanged(trigger: Trigger, issue: dict[str, Any], api: Api) -> None:
    """What is worked on is what stood there when the actor asked; any later edit is refused."""
    check_comment(trigger, api)
    if trigger.title is not None:
        if (str(issue["title"]), issue["body"] or "") != (trigger.title, trigger.body):
            raise RefusedError("the issue was edited after the trigger", LATE, to_actor=True)
    elif trigger.kind != "refine" and changed_since(issue, trigger, api):
        raise RefusedError("something changed on the issue after the trigger", LATE, to_actor=True)


def when(trigger: Trigger, api: Api) -> str:
    """Time of the trigger: what the event says, else when this attempt of the workflow run began, else now."""
    if trigger.when:
        return trigger.when
    if not trigger.run:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        return str(api.get(f"actions/runs/{int(trigger.run)}")["run_started_at"])
    except ApiError as error:
        if error.status not in (403, 404):
            raise
        raise RefusedError("the time of the trigger is not known", "give the job `actions: read`") from error


def seconds(when: str) -> float:
    """A time of GitHub's, in seconds since the epoch."""
    return datetime.fromisoformat(when).timestamp()
