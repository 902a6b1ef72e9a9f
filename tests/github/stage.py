"""A repository with a bug and an issue about it, and jobs as the Action makes them of events."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memcoder.github.api import Api
from memcoder.github.event import read_trigger
from memcoder.github.job import Job, Outcome
from memcoder.github.options import Options
from memcoder.github.run import handle
from tests.agent.test_resolve import RIGHT, SOURCE, TEST
from tests.github.double import NAME, TOKEN, GitHub
from tests.helpers import GitRepo

CI = "on: push\njobs: {}\n"
ISSUE = "The area of a shape is wrong", "area(2, 3) gives 5, and it should be 6."
BRANCH = "memcoder/issue-7"


@dataclass
class Stage:
    """One repository, its issue 7, and a checkout."""

    hub: GitHub
    folder: Path
    work: GitRepo
    """A maintainer's clone, from which commits come."""
    flags: dict[str, Any]
    options: Options = field(default_factory=Options)
    environment: dict[str, str] = field(default_factory=dict)
    """Of the runner."""
    said: list[str] = field(default_factory=list)
    """Lines of the log."""
    checkouts: int = 0

    def script(self, *replies: str) -> None:
        """What the model will answer."""
        path = self.folder / "script.jsonl"
        path.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
        self.flags["model"] = f"scripted:{path}"

    def commit(self, message: str, files: dict[str, str | bytes | None]) -> str:
        """A commit on the default branch."""
        sha = self.work.commit(message, files)
        self.work.git("push", "--quiet", str(self.hub.folder), "HEAD:refs/heads/main")
        return sha

    def checkout(self) -> Path:
        """As actions/checkout with `fetch-depth: 0` leaves it: every branch is there as origin's."""
        self.checkouts += 1
        made = GitRepo(self.folder / f"checkout-{self.checkouts}")
        made.git("fetch", "--quiet", str(self.hub.folder), "+refs/heads/*:refs/remotes/origin/*")
        made.git("checkout", "--quiet", "--detach", "refs/remotes/origin/main")
        return made.path

    def job(self, payload: dict[str, Any], name: str = "", **more: Any) -> Job:
        """A job for an event."""
        event = self.folder / "event.json"
        event.write_text(json.dumps(payload))
        names = {"GITHUB_EVENT_NAME": name} if name else {}
        return Job(
            trigger=read_trigger(event, self.options, {**self.environment, **names}),
            options=self.options,
            api=Api(TOKEN, NAME, f"{self.hub.url}/api", sleep=lambda seconds: None),
            checkout=more.pop("checkout", None) or self.checkout(),
            out=self.folder / "out",
            server=self.hub.url,
            flags=self.flags,
            say=self.say,
        )

    def say(self, line: str) -> None:
        """Kept, and shown where a test fails."""
        self.said.append(line)
        print(line)

    def handle(self, payload: dict[str, Any], name: str = "", **more: Any) -> Outcome:
        """What becomes of an event."""
        return handle(self.job(payload, name, **more))


def make_stage(hub: GitHub, folder: Path) -> Stage:
    """The stage with an issue that a model's right answer resolves."""
    work = GitRepo(folder / "work")
    flags = {"sandbox": "local", "embedder": "hashing", "command_timeout": 300.0, "test_command": "python -m pytest -q"}
    made = Stage(hub, folder, work, flags)
    made.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST, ".github/workflows/ci.yml": CI})
    hub.open_issue(7, *ISSUE)
    made.script(RIGHT)
    return made


def sender(login: str = "maria", kind: str = "User") -> dict[str, Any]:
    return {"sender": {"login": login, "type": kind}, "repository": {"full_name": NAME}}


def labeled(hub: GitHub, number: int = 7, label: str = "memcoder", **who: str) -> dict[str, Any]:
    return {"action": "labeled", "label": {"name": label}, "issue": dict(hub.issues[number]), **sender(**who)}


def assigned(hub: GitHub, login: str, number: int = 7) -> dict[str, Any]:
    return {"action": "assigned", "assignee": {"login": login}, "issue": dict(hub.issues[number]), **sender()}


def commented(hub: GitHub, body: str, number: int = 7, login: str = "maria", kind: str = "User") -> dict[str, Any]:
    """A comment, which is on GitHub as well."""
    if number in hub.pulls:
        issue = {key: hub.pulls[number][key] for key in ("number", "title", "body", "updated_at")} | {
            "pull_request": {}
        }
    else:
        issue = dict(hub.issues[number])
    comment = hub.comment(number, body, login, created_at="2026-01-01T12:00:00Z", updated_at="2026-01-01T12:00:00Z")
    shown = {key: value for key, value in comment.items() if key != "issue"}
    return {"action": "created", "comment": shown, "issue": issue, **sender(login, kind)}


def dispatched(number: int | str, **inputs: str) -> dict[str, Any]:
    return {"inputs": {"issue": str(number), **inputs}, **sender()}


def reviewed(hub: GitHub, number: int, body: str, state: str = "changes_requested") -> dict[str, Any]:
    review = {"id": 5, "body": body, "state": state, "submitted_at": "2026-01-02T12:00:00Z"}
    return {"action": "submitted", "review": review, "pull_request": hub.pulls[number], **sender()}


def merged(hub: GitHub, number: int) -> dict[str, Any]:
    return {"action": "closed", "pull_request": hub.pulls[number], **sender()}
