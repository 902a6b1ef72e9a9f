"""`memcoder eval history`: tasks from a repository's own past, and what arms make of them.

The tasks are made by memcoder's room `tasks`. The arms `gold` and `empty` grade what is known: the fix itself, which
resolves each task, and nothing, which resolves none. The others solve, with the memory that they are named for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from memcoder import (
    Made,
    MissingError,
    ProvenTask,
    Repository,
    Settings,
    Wanted,
    grade_task,
    make_tasks,
    prepare,
)
from memcoder_eval.arms import check_arms
from memcoder_eval.dataset import load
from memcoder_eval.results import Results
from memcoder_eval.solving.arms import ARMS
from memcoder_eval.solving.campaign import Campaign
from memcoder_eval.solving.own_tests import OwnTests, environment_of
from memcoder_eval.stores import Report

BUILD_SECONDS = 600.0
"""Guessed for an environment, where the worst case is told."""
RUNS = 4
"""Of a candidate's tests, in its proof."""
KNOWN: dict[str, Callable[[ProvenTask], str]] = {"gold": lambda task: task.patch, "empty": lambda task: ""}
"""Arms that need no model: the patch that each gives."""
SOURCE = "source"
"""Folder of OUT in which the repository stands under its name, as clones do."""


def run_benchmark(
    repo: Repository, name: str, wanted: Wanted, campaign: Campaign, report: Report, only: str | None = None
) -> dict[str, Any]:
    """Make the tasks into OUT/tasks, and grade each arm on those that `only` names; the document of the command."""
    settings, out = campaign.settings, campaign.out
    if campaign.arms:
        check_arms(campaign.arms, (*KNOWN, *ARMS))
    each = (BUILD_SECONDS + RUNS * settings.command_timeout) / 60
    report(f"{wanted.count} tasks of {name}; at worst about {each:.0f} minutes a candidate, of which some make no task")
    made = make_tasks(repo, name, out / "tasks", settings, wanted, report)
    report(f"{len(made.tasks)} tasks are in {made.file}")
    known = [arm for arm in campaign.arms if arm in KNOWN]
    found = document(made, name, known, _known_rows(repo, made, known, campaign, report), settings)
    solving = [arm for arm in campaign.arms if arm in ARMS]
    if not solving:
        return found
    if not made.tasks:
        raise MissingError(f"the past of {name} makes no task", "look at why, above; give --test, or a recipe")
    instances = load(made.file, only)
    solver = replace(campaign, arms=solving, clones=_source(out, name, repo))
    environments = {one.id: environment_of(one, settings) for one in instances}
    solved = solver.run(instances, environments, OwnTests(solver.clones, settings), report, command="history")
    return found | solved | {"arms": found["arms"] + solved["arms"]}


def _source(out: Path, name: str, repo: Repository) -> Path:
    """A folder in which the repository is found by its name."""
    folder = out / SOURCE
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / name.replace("/", "__")
    if not link.is_symlink():
        link.symlink_to(repo.path.resolve(), target_is_directory=True)
    return folder


def _known_rows(
    repo: Repository, made: Made, arms: Sequence[str], campaign: Campaign, report: Report
) -> list[dict[str, Any]]:
    settings = campaign.settings
    made_by = {"seed": settings.seed, "timeout": settings.command_timeout, "sandbox": settings.sandbox}
    results = Results(campaign.out / "known", made_by)
    for row in _graded(repo, made, arms, results.rows(), settings, report):
        results.add(row)
    return results.rows()


def _graded(
    repo: Repository,
    made: Made,
    arms: Sequence[str],
    done: list[dict[str, Any]],
    settings: Settings,
    report: Report,
) -> Iterator[dict[str, Any]]:
    """A row an arm and task, those that are done left out."""
    known = {(row["arm"], row["instance"]) for row in done}
    for task in made.tasks:
        todo = [arm for arm in arms if (arm, task.instance_id) not in known]
        if not todo:
            continue
        environment = prepare(repo.path, task.base_commit, settings, report)
        for arm in todo:
            grade = grade_task(environment, repo, task, KNOWN[arm](task), settings.command_timeout)
            report(f"{task.instance_id} {arm}: {'resolved' if grade.resolved else grade.reason}")
            yield {"arm": arm, "instance": task.instance_id, "resolved": grade.resolved, "reason": grade.reason}


def document(
    made: Made, name: str, arms: Sequence[str], rows: list[dict[str, Any]], settings: Settings
) -> dict[str, Any]:
    """What was made of the past, and how much each arm that needs no model resolves of it."""
    chosen = {task.instance_id for task in made.tasks}
    resolved = {(row["arm"], row["instance"]) for row in rows if row["resolved"]}
    return {
        "command": "history",
        "seed": settings.seed,
        "arms": [
            {"name": arm, "total": len(chosen), "resolved": sum((arm, one) in resolved for one in chosen)}
            for arm in arms
        ],
        "repository": name,
        "tasks_file": str(made.file),
        "rejected": dict(made.rejected),
        "tasks": [_told(task) for task in made.tasks],
    }


def _told(task: ProvenTask) -> dict[str, Any]:
    return {
        "instance": task.instance_id,
        "created_at": task.created_at,
        "runner": task.runner,
        "fail_to_pass": len(task.fail_to_pass),
        "pass_to_pass": len(task.pass_to_pass),
    }
