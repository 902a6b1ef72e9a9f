"""Make tasks of a repository's past: the newest commits first, each proven before it counts, until there are enough."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memcoder.config import Settings
from memcoder.errors import UsageError
from memcoder.history.commits import read_commits
from memcoder.history.git import run
from memcoder.history.messages import parse_message
from memcoder.history.repository import Repository
from memcoder.records import Commit
from memcoder.sandbox.building import BuildError
from memcoder.sandbox.door import prepare
from memcoder.tasks.candidates import Candidate, Rejected, candidate_of, newest_first, spread
from memcoder.tasks.log import Log
from memcoder.tasks.prove import prove
from memcoder.tasks.proven import ProvenTask
from memcoder.tasks.splitting import split
from memcoder.tasks.statement import Issue, statement
from memcoder.verify.runners import detect, project_at
from memcoder.wording import first_line

DIGITS = 12
"""Of a fix's hash, in a task's name."""
UNBUILT = "its environment cannot be built"
MOST_UNBUILT = 10
"""Environments in a row that cannot be built, after which older commits are not looked at: they will not either."""
ORIGIN = re.compile(r"(?:\w+://|\w+@)[^\s]*?[/:]([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """Which tasks are to be made."""

    count: int = 20
    after: int | None = None
    """Seconds since the epoch: only commits that are younger."""
    issues: Mapping[int, Issue] = field(default_factory=dict)
    """Issues by number, whose text goes before that of commit messages."""
    head: str = "HEAD"
    """Only of commits that it can reach."""
    spread: bool = False
    """Over the areas of the code, one of each in turn, instead of the newest."""


@dataclass(frozen=True)
class Made:
    """What was made: the tasks, in the order in which they were looked for, and the dataset that holds them."""

    file: Path
    tasks: tuple[ProvenTask, ...]
    rejected: Mapping[str, int]
    """Commits that were looked at and make no task, by the reason."""


def name_of(path: Path) -> str:
    """`owner/name` of a clone: its folder's name where that is `owner__name`, else as its remote says."""
    folder = path.expanduser().absolute().name.removesuffix(".git")
    owner, _, name = folder.partition("__")
    if owner and name:
        return f"{owner}/{name}"
    origin = run(path, "config", "--get", "remote.origin.url").stdout.decode(errors="replace").strip()
    match = ORIGIN.fullmatch(origin)
    return f"{match[1]}/{match[2]}" if match else f"local/{re.sub(r'[^A-Za-z0-9_.-]', '-', folder).strip('.-') or '_'}"


def make_tasks(repo: Repository, name: str, out: Path, settings: Settings, wanted: Wanted, say: Say) -> Made:
    """Make tasks of `wanted.head` and its ancestors, into the folder `out`, which is gone on with where it exists.

    A commit whose environment could not be built is tried again then. Raises MissingError where there is no Docker
    engine, FaultError where it or git fails, UsageError where `out` holds other tasks or the name is none.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a repository", "it is owner/name")
    head = repo.resolve(wanted.head)
    log = Log(out, made_of(head, name, settings, wanted))
    making = Making(repo, name, settings, wanted, say)
    making.know(log.entries())
    order = spread(repo, head) if wanted.spread else newest_first(repo, head)
    for entry in making.entries(order):
        log.add(entry)
        making.know([entry])
    looked_at = [making.known[sha] for sha in order if sha in making.known]
    tasks = [ProvenTask.model_validate(entry["task"]) for entry in looked_at if "task" in entry][: wanted.count]
    rejected = Counter(entry["rejected"] for entry in looked_at if "rejected" in entry)
    return Made(log.finish([task.row() for task in tasks]), tuple(tasks), dict(rejected.most_common()))


def made_of(head: str, name: str, settings: Settings, wanted: Wanted) -> dict[str, Any]:
    """What the outcome depends on, beside the number that is wanted."""
    issues = json.dumps(sorted((issue.number, issue.title, issue.body) for issue in wanted.issues.values()))
    return {
        "head": head,
        "name": name,
        "after": wanted.after,
        "issues": hashlib.sha256(issues.encode()).hexdigest()[:16],
        "sandbox": settings.sandbox,
        "base_image": settings.base_image,
        "test_command": settings.test_command,
        "recipe": settings.recipe.model_dump(mode="json"),
        "timeout": settings.command_timeout,
        **({"spread": True} if wanted.spread else {}),
    }


@dataclass(frozen=True)
class Making:
    """One walk through a history."""

    repo: Repository
    name: str
    settings: Settings
    wanted: Wanted
    say: Say
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What became of each commit, by its hash; it grows."""
    patches: set[str] = field(default_factory=set)
    """Those of the tasks that are proven."""

    def know(self, entries: Iterable[dict[str, Any]]) -> None:
        """Take note of what became of commits; the last word on one counts."""
        for entry in entries:
            self.known[entry["commit"]] = entry
            if "task" in entry:
                self.patches.add(entry["task"]["patch"])

    def entries(self, order: list[str]) -> Iterator[dict[str, Any]]:
        """What becomes of each commit that is not known yet, in this order, until there are enough tasks.

        Each entry must be known before the next is asked for.
        """
        unbuilt = 0
        for commit in read_commits(self.repo, order):
            if len(self.patches) >= self.wanted.count:
                return
            if self.known.get(commit.sha, {"rejected": UNBUILT}).get("rejected") == UNBUILT:
                yield self._look_at(commit)
            entry = self.known[commit.sha]
            unbuilt = unbuilt + 1 if entry.get("rejected") == UNBUILT else 0 if "task" in entry else unbuilt
            if unbuilt >= MOST_UNBUILT:
                self.say(f"{unbuilt} environments in a row cannot be built: older commits are not looked at")
                return

    def _look_at(self, commit: Commit) -> dict[str, Any]:
        """The log's entry of a commit: the task that it makes, or why it makes none."""
        try:
            task = self._draft(commit)
        except Rejected as no:
            return {"commit": commit.sha, "rejected": no.reason, "detail": no.detail}
        where = f"{len(self.patches)} of {self.wanted.count} proven; {commit.sha[:DIGITS]}"
        self.say(f"{where} {first_line(commit.message, 70)}")
        try:
            task = self._prove(task)
        except Rejected as no:
            self.say(f"{commit.sha[:DIGITS]} makes no task: {no.reason}")
            return {"commit": commit.sha, "rejected": no.reason, "detail": no.detail}
        self.say(f"{task.instance_id}: {len(task.fail_to_pass)} fail to pass, {len(task.pass_to_pass)} pass to pass")
        return {"commit": commit.sha, "task": task.row()}

    def _draft(self, commit: Commit) -> ProvenTask:
        """The task that a commit would make, as far as that is seen without running anything. Raises Rejected."""
        if self.wanted.after is not None and commit.time <= self.wanted.after:
            raise Rejected("not after the date")
        candidate = candidate_of(commit)
        patch, test_patch = split(self.repo, candidate)
        if patch in self.patches:
            raise Rejected("the same change as a newer commit")
        text = statement(commit.message, patch, candidate.code + candidate.tests, self.wanted.issues)
        runner, command = self._test_command(candidate)
        return ProvenTask(
            instance_id=f"{self.name.replace('/', '__')}-{commit.sha[:DIGITS]}",
            repo=self.name,
            base_commit=candidate.base,
            problem_statement=text,
            patch=patch,
            test_patch=test_patch,
            issue_numbers=parse_message(commit.message).references,
            created_at=datetime.fromtimestamp(commit.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            version=_version(self.repo, candidate.base),
            environment_setup_commit=candidate.base,
            test_cmd=command,
            runner=runner,
            recipe=self.settings.recipe,
        )

    def _test_command(self, candidate: Candidate) -> tuple[str, str]:
        """The given command, else the project's runner at the base commit on the test files of the fix."""
        if self.settings.test_command:
            return "given", self.settings.test_command
        project = project_at(self.repo, candidate.base)
        runner = detect(project)
        if runner is None:
            raise Rejected("no test runner is known")
        there = self.repo.tree(candidate.commit.sha)
        files = [path for path in candidate.tests if path in there and runner.is_test(path)]
        if not files:
            raise Rejected(f"changes no test file that {runner.name} runs")
        return runner.name, runner.select(project, files)

    def _prove(self, task: ProvenTask) -> ProvenTask:
        try:
            environment = prepare(self.repo.path, task.base_commit, self.settings, self.say)
        except BuildError as error:
            detail = error.message.strip()[-600:]
            self.say(first_line(detail.rpartition("\n")[2], 160))
            raise Rejected(UNBUILT, detail) from error
        return prove(environment, self.repo, task, self.settings.command_timeout)


def _version(repo: Repository, commit: str) -> str:
    found = run(repo.path, "describe", "--tags", "--abbrev=0", commit)
    return found.stdout.decode(errors="replace").strip().removeprefix("v") if found.returncode == 0 else ""
