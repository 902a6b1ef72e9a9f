"""The event that started a workflow, read into one typed trigger. The runner wrote it; the texts in it are untrusted.

Titles and bodies in it are as they were when the event happened, so an edit that comes later changes nothing that is
worked on; that it came is noticed by comparing (permission.py).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from memcoder import UsageError
from memcoder.github.options import Options

Kind = Literal["solve", "retry", "explain", "refine", "merged", "none"]
COMMAND = re.compile(r"\s*/memcoder(?![\w/-])[ \t]*(solve|retry|explain)?(?!\w)(.*)", re.DOTALL)
NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
LIMIT = 25_000_000
"""Bytes of an event's file; GitHub sends no larger one."""


@dataclass(frozen=True)
class Trigger:
    """What somebody asked for, where, and when."""

    event: str
    kind: Kind
    """`none`: an event that asks for nothing, such as another label."""
    repository: str
    """`owner/name`."""
    number: int = 0
    """The issue; of a review, a merge or a comment on a pull request, that pull request."""
    actor: str = ""
    actor_type: str = ""
    """`User`, `Bot`, …, as GitHub says."""
    restarted_by: str = ""
    """Who had the workflow run again, where that is not the actor."""
    when: str = ""
    """Time of the event (ISO 8601); empty where the event has none."""
    title: str | None = None
    """Of the issue, at the time of the event; None where the event does not tell."""
    body: str | None = None
    comment: int = 0
    """Id of the comment that asks."""
    comment_body: str = ""
    review: int = 0
    """Id of the review that asks."""
    guidance: str = ""
    """Free text of the one who asks."""
    on_pull: bool = False
    """Whether `number` is a pull request."""
    from_fork: bool = False
    """Whether the event is about another repository's branch."""
    ref: str = ""
    """What the workflow runs on, as GITHUB_REF has it; empty outside of the Action."""
    default_branch: str = ""
    run: str = ""
    """Id of the workflow run; empty outside of the Action."""
    attempt: int = 1
    """1, and one more each time that the workflow run is repeated."""

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]


def read_trigger(path: Path, options: Options, environment: Mapping[str, str]) -> Trigger:
    """The trigger in an event's file. Raises UsageError for a file that is no event."""
    payload = _load(path)
    name = environment.get("GITHUB_EVENT_NAME") or _guess(payload)
    repository = str(_at(payload, "repository", "full_name") or environment.get("GITHUB_REPOSITORY", ""))
    parts = repository.split("/")
    if len(parts) != 2 or not all(NAME.fullmatch(part) and part.strip(".") for part in parts):
        raise UsageError(f"the event names no repository: {repository!r}", "set GITHUB_REPOSITORY to OWNER/NAME")
    sender = payload.get("sender") or {}
    restarted = environment.get("GITHUB_TRIGGERING_ACTOR", "")
    actor = str(sender.get("login") or environment.get("GITHUB_ACTOR", ""))
    trigger = Trigger(
        event=name,
        kind="none",
        repository=repository,
        actor=actor,
        actor_type=str(sender.get("type") or ""),
        restarted_by=restarted if restarted != actor else "",
        ref=environment.get("GITHUB_REF", ""),
        default_branch=str(_at(payload, "repository", "default_branch") or ""),
        run=environment.get("GITHUB_RUN_ID", ""),
        attempt=int(environment.get("GITHUB_RUN_ATTEMPT") or 1),
    )
    reader = READERS.get(name)
    try:
        return reader(trigger, payload, options) if reader else trigger
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{path} is no event `{name}`: {error!r}", "give a file as GITHUB_EVENT_PATH names it"
        ) from error


def command_of(body: str) -> tuple[Kind, str] | None:
    """Command and guidance of a comment that begins with `/memcoder`; None of another one."""
    found = COMMAND.match(body.replace("\r\n", "\n"))
    if found is None:
        return None
    kind: Kind = "retry" if found[1] == "retry" else "explain" if found[1] == "explain" else "solve"
    return kind, found[2].strip()


def _issues(trigger: Trigger, payload: dict[str, Any], options: Options) -> Trigger:
    """A label, or an assignment."""
    label = payload["action"] == "labeled" and options.label and payload["label"]["name"] == options.label
    assigned = payload["action"] == "assigned" and options.assignee and payload["assignee"]["login"] == options.assignee
    issue = payload["issue"]
    made = _about(trigger, issue)
    return replace(made, kind="solve" if label or assigned else "none", when=str(issue["updated_at"]))


def _issue_comment(trigger: Trigger, payload: dict[str, Any], options: Options) -> Trigger:
    """A comment that begins with the command; on a pull request it asks for a refinement."""
    comment = payload["comment"]
    found = command_of(comment["body"] or "")
    made = replace(
        _about(trigger, payload["issue"]),
        when=str(comment["created_at"]),
        comment=int(comment["id"]),
        comment_body=comment["body"] or "",
    )
    if found is None or payload["action"] != "created":
        return made
    kind, guidance = found
    if made.on_pull and kind != "explain":
        kind = "refine"
    return replace(made, kind=kind, guidance=guidance)


def _dispatch(trigger: Trigger, payload: dict[str, Any], options: Options) -> Trigger:
    """By hand, with an issue's number."""
    given = payload.get("inputs") or {}
    kinds: dict[str, Kind] = {"solve": "solve", "retry": "retry", "explain": "explain"}
    kind = kinds.get(str(given.get("command") or "solve"))
    if kind is None:
        raise UsageError(f"{given['command']!r} is no command", "solve, retry or explain")
    number = str(given.get("issue") or "")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"{number!r} is no number of an issue", "give the input `issue` a number")
    return replace(trigger, kind=kind, number=int(number), guidance=str(given.get("guidance") or ""))


def _review(trigger: Trigger, payload: dict[str, Any], options: Options) -> Trigger:
    """A review of a pull request of ours, as a whole; an approval asks for nothing."""
    review = payload["review"]
    made = replace(
        _of_pull(trigger, payload, options),
        when=str(review["submitted_at"]),
        review=int(review["id"]),
        guidance=review["body"] or "",
    )
    asks = payload["action"] == "submitted" and str(review["state"]).lower() in ("changes_requested", "commented")
    return replace(made, kind="refine" if asks and made.kind == "refine" else "none")


def _review_comment(trigger: Trigger, payload: dict[str, Any], options: Options) -> Trigger:
    """One comment on a line of a pull request of ours."""
    comment = payload["comment"]
    made = _of_pull(trigger, payload, options)
    return replace(
        made,
        kind=made.kind if payload["action"] == "created" else "none",
        when=str(comment["created_at"]),
        guidance=f"{comment['path']}: {comment['body'] or ''}",
    )


def _pull_request(trigger: Trigger, payload: dict[str, Any], options: Options) -> Trigger:
    """A pull request of ours that was merged."""
    made = _of_pull(trigger, payload, options)
    merged = payload["action"] == "closed" and payload["pull_request"]["merged"] is True
    return replace(made, kind="merged" if merged and made.kind == "refine" else "none")


def _of_pull(trigger: Trigger, payload: dict[str, Any], options: Options) -> Trigger:
    """Marked `refine` where the pull request's branch is named as ours are."""
    pull = payload["pull_request"]
    head = _at(pull, "head", "repo", "full_name")
    ours = options.issue_of(str(pull["head"]["ref"])) is not None
    return replace(
        trigger,
        kind="refine" if ours else "none",
        number=int(pull["number"]),
        on_pull=True,
        from_fork=head != trigger.repository,
    )


def _about(trigger: Trigger, issue: dict[str, Any]) -> Trigger:
    return replace(
        trigger,
        number=int(issue["number"]),
        title=str(issue["title"]),
        body=issue["body"] or "",
        on_pull="pull_request" in issue,
    )


READERS = {
    "issues": _issues,
    "issue_comment": _issue_comment,
    "workflow_dispatch": _dispatch,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "pull_request": _pull_request,
    "pull_request_target": _pull_request,
}


def _guess(payload: dict[str, Any]) -> str:
    """The event's name, by what it holds, for a file that is used outside of the Action."""
    if "review" in payload:
        return "pull_request_review"
    if "comment" in payload:
        return "issue_comment" if "issue" in payload else "pull_request_review_comment"
    if "pull_request" in payload:
        return "pull_request"
    return "issues" if "issue" in payload else "workflow_dispatch"


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(LIMIT))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no event: {error}", "give a JSON file, as GITHUB_EVENT_PATH names it") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} is no event", "give a JSON file, as GITHUB_EVENT_PATH names it")
    return found


def _at(document: dict[str, Any], *keys: str) -> Any:
    """What lies so deep in a document; None where something is missing on the way."""
    found: Any = document
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found
