"""Skills: commands of a project that worked, proposed as memories that nobody is shown until someone trusts them.

A command is taken from what the user, or the project's recipe, said and what a fresh sandbox then showed; never from
what a model typed.
"""

import hashlib
import shlex
from collections.abc import Sequence

from memcoder.history.repository import Repository
from memcoder.memory.keep import fix_id
from memcoder.memory.store import MemoryStore
from memcoder.records import Lesson, Link, Memory, Provenance, Run, TestRun
from memcoder.wording import visible

COMMAND_LIMIT = 300
"""Characters; a longer one is a script, and belongs into a file."""


def skills_of(repo: Repository, run: Run, provenance: Provenance, install: Sequence[str] = ()) -> tuple[Memory, ...]:
    """The commands that worked in a run: its tests, and the recipe's steps that its environment was built with."""
    found = []
    before, after = (run.verdict.before, run.verdict.after) if run.verdict else (None, None)
    if after is not None and after.passed and _is_the_projects(repo, run, after.command):
        found.append(_skill("test", after.command, _tested(before), run, provenance))
    if after is not None:  # the environment stood, so its steps worked
        found += [_skill("set-up", command, "an environment was built with it", run, provenance) for command in install]
    return tuple(skill for skill in found if skill is not None)


def keep_skills(store: MemoryStore, skills: Sequence[Memory]) -> tuple[Memory, ...]:
    """Keep those that are new, quarantined; one that is there keeps the trust that it was given."""
    kept = []
    with store.writing():
        for skill in skills:
            there = store.get(skill.id)
            if there is None:
                store.put([skill])
            kept.append(there or skill)
    return tuple(kept)


def _tested(before: TestRun | None) -> str:
    reproduced = before is not None and not before.passed
    return "it failed before a fix that was accepted, and passed after it" if reproduced else "it passed"


def _is_the_projects(repo: Repository, run: Run, command: str) -> bool:
    """Whether a command names no file that only the run had, such as a model's reproduction."""
    if command == run.task.test_command:
        return True
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    tree = repo.tree(run.task.base_commit)
    folders = {path[:at] for path in tree for at, char in enumerate(path) if char == "/"}
    named = (word.partition("::")[0].rstrip("/").removeprefix("./") for word in words if "/" in word or ".py" in word)
    return all(word in tree or word in folders for word in named)


def _skill(use: str, command: str, outcome: str, run: Run, provenance: Provenance) -> Memory | None:
    told = visible(command.strip())
    if not told or "\n" in told or len(told) > COMMAND_LIMIT:
        return None
    verb = "runs tests of" if use == "test" else "sets up"
    digest = hashlib.sha256("\0".join((provenance.repository, use, told)).encode()).hexdigest()[:12]
    return Memory(
        id=f"skill-{digest}",
        kind="skill",
        message=f"A command that {verb} this project: {told}\n\nIn run {run.id} {outcome}.",
        provenance=provenance,
        trust="quarantined",
        links=(Link(relation="distilled_from", target=fix_id(run.id)),),
        lesson=Lesson(topic="command", place=use, about=told, occasions=(run.id,)),
    )
