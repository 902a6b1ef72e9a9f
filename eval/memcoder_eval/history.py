"""`memcoder eval history`: tasks from a repository's own past, and what arms make of them.

The tasks are made by memcoder's room `tasks`. The arms `gold` and `empty` grade what is known: the fix itself, which
resolves each task, and nothing, which resolves none.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from memcoder import Made, ProvenTask, Repository, Settings, Wanted, grade_task, make_tasks, prepare
from memcoder_eval.arms import check_arms
from memcoder_eval.results import Results
from memcoder_eval.stores import Report

BUILD_SECONDS = 600.0
"""Guessed for an environment, where the worst case is told."""
RUNS = 4
"""Of a candidate's tests, in its proof."""
ARMS: dict[str, Callable[[ProvenTask], str]] = {"gold": lambda task: task.patch, "empty": lambda task: ""}
"""Arms that need no model: the patch that each gives."""


def run_benchmark(
    repo: Repository,
    name: str,
    wanted: Wanted,
    arms: list[str],
    settings: Settings,
    out: Path,
    report: Report,
) -> dict[str, Any]:
    """Make the tasks into OUT/tasks and grade each arm on each of them; the document of the command."""
    if arms:
        check_arms(arms, ARMS)
    each = (BUILD_SECONDS + RUNS * settings.command_timeout) / 60
    report(f"{wanted.count} tasks of {name}; at worst about {each:.0f} minutes a candidate, of which some make no task")
    made = make_tasks(repo, name, out / "tasks", settings, wanted, report)
    report(f"{len(made.tasks)} tasks are in {made.file}")
    results = Results(out, {"seed": settings.seed, "timeout": settings.command_timeout, "sandbox": settings.sandbox})
    for row in _graded(repo, made, arms, results.rows(), settings, report):
        results.add(row)
    return document(made, name, arms, results.rows(), settings)


def _graded(
    repo: Repository, made: Made, arms: list[str], done: list[dict[str, Any]], settings: Settings, report: Report
) -> Iterator[dict[str, Any]]:
    """A row an arm and task, those that are done left out."""
    known = {(row["arm"], row["instance"]) for row in done}
    for task in made.tasks:
        todo = [arm for arm in arms if (arm, task.instance_id) not in known]
        if not todo:
            continue
        environment = prepare(repo.path, task.base_commit, settings, report)
        for arm in todo:
            grade = grade_task(environment, repo, task, ARMS[arm](task), settings.command_timeout)
            report(f"{task.instance_id} {arm}: {'resolved' if grade.resolved else grade.reason}")
            yield {"arm": arm, "instance": task.instance_id, "resolved": grade.resolved, "reason": grade.reason}


def document(made: Made, name: str, arms: list[str], rows: list[dict[str, Any]], settings: Settings) -> dict[str, Any]:
    """What was made of the past, and how much each arm resolves of it."""
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
