"""All arms, step by step in turns, and the document of `memcoder eval overhead`."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from memcoder import Environment, Settings, prepare
from memcoder_eval.arms import check_arms
from memcoder_eval.minisweagent import installed, require
from memcoder_eval.overhead.bare import bare
from memcoder_eval.overhead.memcoder_arm import memcoder
from memcoder_eval.overhead.mini import mini
from memcoder_eval.overhead.step import Step
from memcoder_eval.repositories import commit_all
from memcoder_eval.stores import Report

Arm = Callable[[Environment, Path, int], AbstractContextManager[Step]]
ARMS: dict[str, Arm] = {"memcoder": memcoder, "bare": bare, "mini": mini}
BLOCK = 10
"""Steps of an arm before it is the next one's turn, so that what disturbs the machine disturbs all."""
ENDS = 100
"""Steps at the beginning and at the end that are told apart: what grows with the history shows between them."""
DIFFS = 5


def default_arms() -> list[str]:
    """The arms that can run here."""
    return [name for name in ARMS if name != "mini" or installed()]


def run_benchmark(steps: int, arms: Sequence[str], settings: Settings, report: Report) -> dict[str, Any]:
    """Time so many steps of each arm in the settings' sandbox; times in milliseconds.

    Raises UsageError for an unknown arm, MissingError where an arm's package is not installed, and what the sandbox
    raises.
    """
    check_arms(arms, ARMS)
    if "mini" in arms:
        require()
    report(f"{steps} steps an arm, {len(arms)} arms")
    with _bench(settings, report) as (environment, folder), ExitStack() as stack:
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
        step_of = {name: stack.enter_context(ARMS[name](environment, folder, steps)) for name in arms}
        for done in range(0, steps, BLOCK):
            for name in arms:
                taken[name] += [_timed(step_of[name]) for _ in range(min(BLOCK, steps - done))]
            if done % (10 * BLOCK) == 0 and done:
                report(f"{done} steps done")
        checkpoint = _checkpoint(environment)
    return {
        "command": "overhead",
        "seed": settings.seed,
        "sandbox": settings.sandbox,
        "steps": steps,
        "checkpoint_ms": checkpoint,
        "arms": [_summary(name, times) for name, times in taken.items()],
    }


@contextmanager
def _bench(settings: Settings, report: Report) -> Iterator[tuple[Environment, Path]]:
    """An environment for a repository of one small file, and a folder for what arms write."""
    with tempfile.TemporaryDirectory(prefix="memcoder-overhead-") as made:
        repository, folder = Path(made) / "repository", Path(made) / "arms"
        repository.mkdir()
        folder.mkdir()
        (repository / "hello.py").write_text("print('hello')\n")
        commit = commit_all(repository, "Add a file")
        yield prepare(repository, commit, settings, progress=report), folder


def _timed(step: Step) -> tuple[float, float]:
    """Milliseconds of wall, and of this process's own work in it."""
    started, worked = time.perf_counter(), time.process_time()
    step()
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - worked)


def _checkpoint(environment: Environment) -> float:
    """Median milliseconds of the diff that memcoder takes after some of its steps, so that a run can be resumed."""
    with environment.start() as sandbox:
        sandbox.diff()  # starts the shell
        return round(statistics.median(_timed(sandbox.diff)[0] for _ in range(DIFFS)), 3)


def _summary(name: str, times: list[tuple[float, float]]) -> dict[str, Any]:
    walls, works = zip(*times, strict=True)
    return {
        "name": name,
        "total": len(times),
        "median_ms_first_100": _median(walls[:ENDS]),
        "median_ms_last_100": _median(walls[-ENDS:]),
        "p95_ms": round(sorted(walls)[int(0.95 * (len(walls) - 1))], 3),
        "mean_ms": round(statistics.fmean(walls), 3),
        "own_ms_first_100": _median(works[:ENDS]),
        "own_ms_last_100": _median(works[-ENDS:]),
    }


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3)
