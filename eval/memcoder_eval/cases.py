"""An instance made ready to run: its clone, the recipe of its environment, and the reference's tests as a plan."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from memcoder import Environment, MissingError, Repository, Settings, TestPlan, prepare
from memcoder_eval.dataset import Instance, clone_of
from memcoder_eval.recipes import Ground, ground
from memcoder_eval.recipes.bases import settings_for
from memcoder_eval.scratch import Scratch, scratch
from memcoder_eval.snapshots import snapshot
from memcoder_eval.stores import Report


@dataclass(frozen=True)
class Case:
    """What an instance needs to be run."""

    instance: Instance
    repo: Repository
    ground: Ground
    plan: TestPlan
    """The reference's test files, and the command that runs them."""

    @property
    def base(self) -> str:
        return self.instance.question.base_commit

    def prepare(self, settings: Settings, report: Report) -> Environment:
        """The environment of the base commit, by the version's own recipe."""
        return prepare(self.repo.path, self.base, settings_for(self.ground, settings), progress=report)


def load_case(instance: Instance, clones: Path) -> Case:
    """Raises MissingError where the clone, the tests or a recipe are missing."""
    clone = clone_of(clones, instance.question.repo)
    if clone is None:
        raise MissingError(f"there is no clone of {instance.question.repo} in {clones}", "clone it there, bare or not")
    if not instance.test_patch:
        raise MissingError(f"{instance.id} has no test_patch", "give a dataset with the reference's tests")
    repo, needed = Repository.open(clone), ground(instance.question.repo, instance.version)
    with scratch(repo) as index:
        tests = sources_after(index, instance.question.base_commit, instance.test_patch)
    return Case(instance, repo, needed, TestPlan(command=needed.command(tests), files=tests, origin="given"))


@contextmanager
def copied(case: Case, folder: Path) -> Iterator[Case]:
    """The case on a copy of its base commit alone, gone at the end of the block.

    A sandbox needs no past, and that of a large repository takes minutes to copy.
    """
    target = folder / case.instance.id
    try:
        yield replace(case, repo=snapshot(case.repo, case.base, target))
    finally:
        shutil.rmtree(target, ignore_errors=True)


def check_ground(case: Case, environment: Environment, timeout: float) -> None:
    """Raises MissingError where the command does not succeed with the reference, asked without any judge.

    That is then so because of the environment, and the instance says nothing about memcoder.
    """
    with environment.start() as sandbox:
        if not sandbox.apply(case.instance.patch):
            raise MissingError("the reference patch does not apply to the base commit", "look at the dataset")
        for path, text in case.plan.files.items():
            sandbox.write(path, text.encode())
        done = sandbox.run(f"cd {sandbox.workdir} && {case.plan.command}", timeout)
    if done.exit_code or done.timed_out:
        said = " ".join(done.output.split())[-200:]
        raise MissingError(
            f"with the reference the tests do not pass in this environment: {said}", "correct the recipe"
        )


def sources_after(index: Scratch, base: str, patch: str) -> dict[str, str]:
    """Text of the files that a patch leaves changed; those it deletes, and those that are no text, are left out."""
    index.start(base, patch)
    changed = [(change.new, index.blob(change.new_blob)) for change in index.changes(base) if change.new_blob]
    return {path: content.decode() for path, content in changed if b"\0" not in content}


def sources_at(repo: Repository, base: str, files: dict[str, str]) -> dict[str, str]:
    """Those of the files that the base commit has, as they are there."""
    found = {path: repo.read(base, path) for path in files}
    return {path: content.decode() for path, content in found.items() if content is not None}
