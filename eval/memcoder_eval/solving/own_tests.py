"""Grades by a task's own tests, for tasks that memcoder made of a repository's past."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from memcoder import Grade, ProvenTask, Settings, grade_task, prepare
from memcoder_eval.dataset import Instance
from memcoder_eval.solving.sight import source_of
from memcoder_eval.stores import Report


def have_own_tests(instances: Sequence[Instance]) -> bool:
    """Whether these are such tasks: their records say how their tests are run."""
    return all("test_cmd" in one.row for one in instances)


@dataclass(frozen=True)
class OwnTests:
    """The grade of a patch; may be pickled."""

    clones: Path
    settings: Settings

    def __call__(self, instance: Instance, patch: str, report: Report) -> Grade:
        """Raises FaultError where the engine or a build fails."""
        repo, task = source_of(instance, self.clones), ProvenTask.model_validate(instance.row)
        environment = prepare(repo.path, task.base_commit, environment_of(instance, self.settings), report)
        return grade_task(environment, repo, task, patch, self.settings.command_timeout)


def environment_of(instance: Instance, settings: Settings) -> Settings:
    """The settings with the recipe that the task was proven with."""
    return settings.model_copy(update={"recipe": ProvenTask.model_validate(instance.row).recipe})
