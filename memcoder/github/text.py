"""What a model gets to read of an issue: its text, what its author and the maintainers said before the trigger, and
what the one who asked adds. All of it is data, sanitised; the prompts put it into marked blocks."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from memcoder.github.api import Api
from memcoder.github.event import Trigger, command_of
from memcoder.github.markdown import block
from memcoder.github.permission import seconds
from memcoder.github.sanitise import COMMENT, one_line, sanitise

HEARD = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""What GitHub calls the author of a comment that is read; others are not, but for the issue's own author."""
COMMENTS = 20
"""Comments at most, the newest."""
DIFF = 20_000
DIGEST = "memcoder issue text "
"""Begins the line of a commit's message that tells which text was worked on."""
MARK = "<!-- memcoder"
"""Begins our own comments."""


@dataclass(frozen=True)
class IssueText:
    """The text, and what was taken out of it."""

    text: str
    notes: tuple[str, ...]
    digest: str
    """Tells whether title and body are still those that were worked on."""


def issue_text(trigger: Trigger, issue: dict[str, Any], api: Api, when: str) -> IssueText:
    """The issue as of the trigger."""
    title, body = one_line(str(issue["title"])), sanitise(issue["body"] or "")
    notes = [*title.notes, *body.notes]
    parts = [title.text, body.text]
    for comment in _heard(trigger, issue, api, when):
        clean = sanitise(comment["body"] or "", COMMENT)
        parts.append(f"Comment of {one_line(comment['user']['login'], 40).text}:\n{clean.text}")
        notes += clean.notes
    guidance = sanitise(trigger.guidance, COMMENT)
    if guidance.text and trigger.kind != "refine":
        parts.append(f"Added by the one who asks for the fix:\n{guidance.text}")
        notes += guidance.notes
    return IssueText("\n\n".join(filter(None, parts)), tuple(dict.fromkeys(notes)), digest_of(issue))


def refined_text(trigger: Trigger, text: IssueText, diff: str, api: Api) -> IssueText:
    """The issue, the change that was proposed, and what its reviewer says of it."""
    said = [trigger.guidance]
    if trigger.review:
        comments = api.each(f"pulls/{trigger.number}/reviews/{trigger.review}/comments")
        said += [f"{each['path']}: {each['body'] or ''}" for each in comments]
    clean = [sanitise(each, COMMENT) for each in said if each.strip()]
    words = "\n\n".join(each.text for each in clean)
    proposed = block(diff, "diff", DIFF)
    whole = f"{text.text}\n\nThis change was proposed:\n{proposed}\n\nIts reviewer asks for another one:\n{words}"
    return IssueText(whole, (*text.notes, *(note for each in clean for note in each.notes)), text.digest)


def digest_of(issue: dict[str, Any]) -> str:
    """A hash of title and body as they were sent."""
    whole = f"{issue['title']}\n{issue['body'] or ''}"
    return hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()[:32]


def _heard(trigger: Trigger, issue: dict[str, Any], api: Api, when: str) -> Iterable[dict[str, Any]]:
    """Comments that count: of the issue's author and of maintainers, older than the trigger and not edited since."""
    limit = seconds(when)
    author = (issue.get("user") or {}).get("login")
    return list(_older(api.each(f"issues/{issue['number']}/comments"), author, limit))[-COMMENTS:]


def _older(comments: Iterator[dict[str, Any]], author: str | None, limit: float) -> Iterator[dict[str, Any]]:
    for comment in comments:
        user, body = comment.get("user") or {}, comment["body"] or ""
        ours = body.startswith(MARK) or command_of(body) is not None
        heard = comment.get("author_association") in HEARD or (author and user.get("login") == author)
        late = seconds(comment["created_at"]) >= limit or seconds(comment["updated_at"]) >= limit
        if heard and not late and not ours and user.get("type") == "User":
            yield comment
