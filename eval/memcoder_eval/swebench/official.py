"""The official grade of patches and the environments to solve in, as a benchmark that solves asks for them."""

from dataclasses import dataclass
from pathlib import Path

from memcoder import MissingError, Settings
from memcoder_eval.dataset import Instance
from memcoder_eval.recipes.bases import settings_for
from memcoder_eval.stores import Report
from memcoder_eval.swebench.adopt import adopting
from memcoder_eval.swebench.check import Plan
from memcoder_eval.swebench.grading import Grade, grade
from memcoder_eval.swebench.images import ground_of, published


@dataclass(frozen=True)
class Official:
    """The official grade of a patch; may be pickled."""

    plan: Plan
    out: Path

    def __call__(self, instance: Instance, patch: str, report: Report) -> Grade:
        """Raises FaultError where the engine or a build fails."""
        found = grade(
            [instance], {instance.id: patch}, self.out, self.plan.clones, self.plan.settings, report,
            timeout=self.plan.timeout,
        )  # fmt: skip
        return found[instance.id]


def environment_of(instance: Instance, settings: Settings, report: Report) -> Settings:
    """The settings with the environment of an attempt: what the published image has installed, where it is here or can
    be pulled, else as `built_environment_of`."""
    if instance.row.get("image") and settings.sandbox == "docker" and (image := published(instance, report)):
        return adopting(image, settings)
    return built_environment_of(instance, settings)


def built_environment_of(instance: Instance, settings: Settings) -> Settings:
    """The settings with the recipe and the base of the instance's version, where somebody wrote them down."""
    try:
        return settings_for(ground_of(instance), settings)
    except MissingError:
        return settings
