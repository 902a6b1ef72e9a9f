"""`memcoder eval swebench`: the self-check first, then the arms on what is sound, graded by the official harness."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from memcoder import MissingError
from memcoder_eval.arms import check_arms
from memcoder_eval.dataset import Instance
from memcoder_eval.solving.arms import ARMS
from memcoder_eval.solving.campaign import Campaign
from memcoder_eval.stores import Report
from memcoder_eval.swebench import predictions
from memcoder_eval.swebench.check import PATCHES, Plan, run_check
from memcoder_eval.swebench.official import Official, built_environment_of, environment_of

CHECK = "check"
"""Folder of the self-check; an instance that was sound there is not checked again."""


def run_benchmark(instances: Sequence[Instance], plan: Plan, campaign: Campaign, report: Report) -> dict[str, Any]:
    """The document of the command: of the self-check alone where no arm solves, else of all arms.

    Raises UsageError for an unknown arm, MissingError where an arm that solves has no clones, and as `run_check` and
    `Campaign.run` do.
    """
    check_arms(campaign.arms, (*PATCHES, *ARMS))
    solving = [arm for arm in campaign.arms if arm in ARMS]
    if solving and plan.clones is None:
        raise MissingError("memory is mined from clones, and there are none", "give --repos DIR with owner__name.git")
    checking = [arm for arm in PATCHES if arm in campaign.arms or solving]
    checked = run_check(instances, checking, plan, campaign.out / CHECK, report)
    if not solving:
        return checked
    unsound = {one["instance"]: one["reason"] for one in checked["instances"] if not one["sound"]}
    report(f"{len(instances) - len(unsound)} of {len(instances)} instances are sound, and are solved")
    # what the check had to build needs not be asked of a registry again
    built = {one["instance"] for one in checked["instances"] if one["image"] == "built"}
    environments = {
        one.id: built_environment_of(one, campaign.settings)
        if one.id in built
        else environment_of(one, campaign.settings, report)
        for one in instances
        if one.id not in unsound
    }
    grade = Official(plan, campaign.out)
    solver = replace(campaign, arms=solving)
    found = solver.run(instances, environments, grade, report, command="swebench", unsound=unsound)
    _write_predictions(found, solver)
    return found | {"arms": checked["arms"] + found["arms"], "sound": checked["sound"], "check": checked["instances"]}


def _write_predictions(found: dict[str, Any], campaign: Campaign) -> None:
    """What each arm's agent ended with, in the official format."""
    ended = [row for row in found["instances"] if row["state"] == "ended"]
    for arm in campaign.arms:
        patches = {row["instance"]: row["patch"] for row in ended if row["arm"] == arm}
        path = campaign.out / f"{arm}.predictions.jsonl"
        predictions.write(path, patches, f"memcoder-{arm}-{campaign.settings.model}")
