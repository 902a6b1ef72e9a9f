"""The benchmark as a whole: the streams, what is missing, the document."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memcoder import PARAMETERS, FaultError, MissingError, Repository, Settings
from memcoder_eval.arms import check_arms
from memcoder_eval.batch.executor import Executor, Threads
from memcoder_eval.batch.run import Row, latest, run_units
from memcoder_eval.batch.units import Unit
from memcoder_eval.dataset import Instance, clone_of
from memcoder_eval.localize.gold import gold
from memcoder_eval.results import Results
from memcoder_eval.stores import Report
from memcoder_eval.stream.chain import Chain, Solve
from memcoder_eval.stream.order import in_time
from memcoder_eval.stream.policies import POLICIES
from memcoder_eval.stream.report import document
from memcoder_eval.stream.stores import mine_all


def run_benchmark(
    dataset: Path,
    instances: Sequence[Instance],
    clones: Path,
    policies: Sequence[str],
    settings: Settings,
    out: Path,
    report: Report,
    *,
    solve: Solve | None = None,
    stores: Path | None = None,
    within: float = math.inf,
    executor: Executor | None = None,
    live: bool = False,
) -> dict[str, Any]:
    """All streams under all policies, what has a row in `out` left alone; the document of `memcoder eval stream`.

    Without `solve` tasks are only localised. `stores` (`out`/mined unless given) holds a mined store of each
    repository, which is made where it is missing; `within` bounds the seconds of mining past what makes a history
    searchable. Raises as `run_units` does.
    """
    check_arms(policies, POLICIES)
    digest = hashlib.sha256(dataset.read_bytes()).hexdigest()[:16]
    holds: dict[str, Any] = {"dataset": f"{dataset.name} {digest}", "parameters": PARAMETERS}
    holds |= {"embedder": settings.embedder, "model": settings.model if solve else None, "seed": settings.seed}
    results = Results(out, holds)
    report(f"looking at {len(instances)} tasks")
    tasks, where, missing = _streams(instances, clones)
    mined = stores or out / "mined"
    for name, own in tasks.items():
        report(f"{name}: {len(own)} tasks")
        mine_all(Repository.open(where[name]), own, mined / name, settings, within, report)
    chain = Chain(tasks, where, mined, out, settings, solve)
    units = [Unit.of(policy, name, settings.seed) for name in tasks for policy in policies]
    streams = run_units(units, chain, results, executor or Threads(1), report, live=live)
    cut = [row for row in streams if row["state"] == "fault"]
    faults = [{"policy": row["arm"], "repository": row["instance"], "error": row["error"]} for row in cut]
    rows = [row for unit in units for row in _rows(out, unit)]
    ids = {name: [task.id for task in own] for name, own in tasks.items()}
    return {**document(rows, policies, ids, settings.seed), **holds, "missing": missing, "faults": faults}


def _streams(
    instances: Sequence[Instance], clones: Path
) -> tuple[dict[str, tuple[Instance, ...]], dict[str, Path], list[dict[str, str]]]:
    """Each repository's tasks in the order of time, its clone, and the tasks that lack something."""
    by_repository: dict[str, list[Instance]] = defaultdict(list)
    for one in instances:
        by_repository[one.question.repo].append(one)
    tasks, where, missing = {}, {}, []
    for repo, own in by_repository.items():
        name = repo.replace("/", "__")
        clone = clone_of(clones, repo)
        if clone is None:
            missing += [{"instance": one.id, "why": "no repository"} for one in own]
            continue
        opened = Repository.open(clone)
        lacks = {one.id: why for one in own if (why := _lacks(opened, one))}
        usable = [one for one in own if one.id not in lacks]
        missing += [{"instance": name, "why": why} for name, why in lacks.items()]
        if usable:
            tasks[name], where[name] = tuple(in_time(opened, usable)), clone
    if not tasks:
        raise MissingError(f"{clones} has none of the repositories", "clone them: owner__name, or owner__name.git")
    return tasks, where, missing


def _lacks(repo: Repository, one: Instance) -> str:
    if not repo.knows(one.question.base_commit):
        return "no base commit"
    try:
        gold(repo, one.question.base_commit, one.patch)
    except FaultError:
        return "its reference patch does not apply"
    return ""


def _rows(out: Path, unit: Unit) -> list[Row]:
    """The rows of a stream, in its order."""
    rows = latest(Results(out / "streams" / unit.key, {"seed": unit.seed}).rows())
    return sorted(rows.values(), key=lambda row: row["place"])
