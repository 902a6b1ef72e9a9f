"""What an arm may see of an instance: its problem statement, and the repository up to its base commit.

All that reaches an agent passes here. The rest of a record (hints, tests, names of tests, scripts, the reference) is
for grading; the reference is also what the guard compares with, and what the arm `oracle` has its places from.
"""

from pathlib import Path

from filelock import FileLock

from memcoder import Guard, MissingError, Repository, clone_once
from memcoder_eval.dataset import Instance, clone_of


def issue_of(instance: Instance) -> str:
    """What the agent is asked to resolve."""
    return instance.question.text


def guard_of(instance: Instance) -> Guard:
    """What no memory may be: named like the instance's pull request, worded like its issue, or the fix itself."""
    return Guard(issues=instance.question.numbers, text=issue_of(instance), fix=instance.patch)


def source_of(instance: Instance, clones: Path) -> Repository:
    """The whole clone, in which later commits lie: for preparing and scoring, never for an agent.

    Raises MissingError where it or the base commit is missing.
    """
    name, base = instance.question.repo, instance.question.base_commit
    clone = clone_of(clones, name)
    if clone is None:
        raise MissingError(f"there is no clone of {name} in {clones}", "clone it there, bare or not")
    repo = Repository.open(clone)
    if not repo.knows(base):
        raise MissingError(f"the clone of {name} does not have commit {base[:12]}", "fetch it, all branches")
    return repo


def leak_free(instance: Instance, clones: Path, folder: Path) -> Repository:
    """A clone at the base commit with its ancestors alone, made once for all arms at FOLDER/ID.

    Raises MissingError as `source_of`, and FaultError where git cannot give the commits.
    """
    target = folder / instance.id
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.is_dir():
            clone_once(source_of(instance, clones).path, instance.question.base_commit, target)
    return Repository.open(target)
