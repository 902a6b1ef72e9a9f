"""The benchmark as a whole: what is to do, what is missing, the rows, the document."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from memcoder import PARAMETERS, Repository, Settings, UsageError
from memcoder_eval.dataset import Instance, clone_of
from memcoder_eval.localize.arms import MODEL_ARM
from memcoder_eval.localize.pool import run_jobs
from memcoder_eval.localize.report import document, merge
from memcoder_eval.localize.work import Job, Say
from memcoder_eval.results import Results


def run_benchmark(
    dataset: Path,
    instances: Sequence[Instance],
    clones: Path,
    arms: Sequence[str],
    settings: Settings,
    out: Path,
    say: Say,
    *,
    stores: Path | None = None,
    workers: int = 1,
    within: float = math.inf,
) -> dict[str, Any]:
    """All instances in all arms, those with a result in `out` left alone; the document of `memcoder eval localize`.

    `clones` holds the repositories, `stores` (`out`/stores unless given) the memory of each; `within` bounds
    the seconds of mining past what makes a history searchable. Raises UsageError where
    `out` holds results of other settings, and FaultError where a process failed; what was done is kept.
    """
    holds = _settings(dataset, arms, settings)
    results = Results(out, holds)
    usable, missing = _usable(instances, clones)
    done = {name: set(row["arms"]) for name, row in merge(results.rows()).items()}
    jobs = _jobs(usable, clones, arms, done, settings, stores or out / "stores", within)
    left = sum(len(job.todo) for job in jobs)
    say(f"{left} instances of {len(jobs)} repositories to do, {len(missing)} missing")
    with closing(run_jobs(jobs, workers, say)) as rows:
        for row in rows:
            if row["kind"] == "unusable":
                missing.append({key: row[key] for key in ("instance", "repo", "why")})
            else:
                results.add(row)
    figures = document(results.rows(), [one.id for one in instances], arms, missing, settings.seed)
    return {"command": "localize", "seed": settings.seed, **holds, **figures}


def _settings(dataset: Path, arms: Sequence[str], settings: Settings) -> dict[str, Any]:
    """What results hold for; other arms may be added to them later."""
    digest = hashlib.sha256(dataset.read_bytes()).hexdigest()[:16]
    model = {"model": settings.model} if MODEL_ARM in arms else {}
    return {"dataset": f"{dataset.name} {digest}", "parameters": PARAMETERS, "embedder": settings.embedder, **model}


def _usable(instances: Sequence[Instance], clones: Path) -> tuple[list[Instance], list[dict[str, Any]]]:
    """The instances whose clone and base commit are there; and those that are missing, with what they lack."""
    opened: dict[str, Repository | str] = {}
    usable, missing = [], []
    for one in instances:
        repo = one.question.repo
        if repo not in opened:
            opened[repo] = _open(clones, repo)
        why = _lacks(opened[repo], one.question.base_commit)
        if why:
            missing.append({"instance": one.id, "repo": repo, "why": why})
        else:
            usable.append(one)
    return usable, missing


def _open(clones: Path, repo: str) -> Repository | str:
    path = clone_of(clones, repo)
    if path is None:
        return "no repository"
    try:
        return Repository.open(path)
    except UsageError as error:
        return error.message


def _lacks(repo: Repository | str, commit: str) -> str:
    if isinstance(repo, str):
        return repo
    try:
        repo.resolve(commit)
    except UsageError:
        return f"no commit {commit}"
    return ""


def _jobs(
    instances: Sequence[Instance],
    clones: Path,
    arms: Sequence[str],
    done: Mapping[str, set[str]],
    settings: Settings,
    stores: Path,
    within: float,
) -> list[Job]:
    """One job a repository with something left to do, the largest first, so that the last process has little left."""
    by_repository: dict[str, list[tuple[Instance, tuple[str, ...]]]] = defaultdict(list)
    for one in instances:
        lacking = tuple(arm for arm in arms if arm not in done.get(one.id, set()))
        if lacking:
            by_repository[one.question.repo].append((one, lacking))
    jobs = []
    for repo, todo in sorted(by_repository.items(), key=lambda item: -len(item[1])):
        clone = clone_of(clones, repo)
        own = settings.model_copy(update={"store": stores / repo.replace("/", "__")})
        if clone is not None:
            jobs.append(Job(repo, clone, own, tuple(todo), within))
    return jobs
