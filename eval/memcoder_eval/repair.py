"""`memcoder eval repair DIR`: programs in QuixBugs' layout, one arm a configuration, in containers.

Layout: `python_programs/NAME.py` with a test in `python_testcases/test_NAME.py`; helper files (programs without a
test of their own, `load_testdata.py`, `conftest.py`, the test data of NAME) travel with it. Nothing else of DIR is
ever read into a container, an index or a prompt: not the corrected programs, not the other programs.

Source of the layout: Lin et al., "QuixBugs: a multi-lingual program repair benchmark", SPLASH 2017.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memcoder import (
    FaultError,
    LanguageModel,
    MissingError,
    Repository,
    Run,
    RunStore,
    Settings,
    SharedBudget,
    Task,
    UsageError,
    open_model,
    resolve,
)
from memcoder_eval.results import Results

PROGRAMS = "python_programs"
TESTS = "python_testcases"
DATA = "json_testcases"
ARMS: dict[str, int | None] = {"one-shot": 1, "staged": None}
"""Arm → attempts at most. `one-shot` is `staged` stopped after its first attempt: same prompt, same model."""
UNLIMITED_CALLS = 100_000
"""Time is the only limit of a program, as both arms have the same."""
DATE = "2020-01-01T00:00:00Z"
"""Of the one commit, so that its id is the same in every arm and sitting."""


Report = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """One program to repair, by name, with the files that belong to it (relative to the benchmark's folder)."""

    name: str
    files: tuple[str, ...]

    @property
    def test(self) -> str:
        return f"{TESTS}/test_{self.name}.py"


def programs(folder: Path) -> list[Program]:
    """The programs that have a Python test, in alphabetical order of the program's file.

    Raises MissingError where the folder is not laid out as expected.
    """
    if not (folder / PROGRAMS).is_dir() or not (folder / TESTS).is_dir():
        raise MissingError(
            f"{folder} has no {PROGRAMS}/ and {TESTS}/", "get https://github.com/jkoppel/QuixBugs and give its folder"
        )
    names = sorted(path.stem for path in (folder / PROGRAMS).glob("*.py"))
    tested = [name for name in names if (folder / TESTS / f"test_{name}.py").is_file()]
    helpers = [f"{PROGRAMS}/{name}.py" for name in names if name not in tested and not name.endswith("_test")]
    return [Program(name, tuple(_files(folder, name, helpers))) for name in tested]


def _files(folder: Path, name: str, helpers: list[str]) -> Iterator[str]:
    yield f"{PROGRAMS}/{name}.py"
    yield f"{TESTS}/test_{name}.py"
    yield from helpers
    yield from (f"{TESTS}/{path.name}" for path in sorted((folder / TESTS).glob("*.py")) if _is_helper(path))
    for extra in (f"{DATA}/{name}.json", "conftest.py"):
        if (folder / extra).is_file():
            yield extra


def _is_helper(path: Path) -> bool:
    return not path.stem.startswith("test_")


def make_repository(program: Program, source: Path, target: Path) -> str:
    """A fresh git repository of one commit that holds the program's files alone; its commit's id."""
    for name in program.files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    _git(target, "init", "--quiet", "--initial-branch=main")
    _git(target, "add", "--all")
    _git(target, "commit", "--quiet", "--no-verify", "-m", f"Add {program.name}")
    return Repository.open(target).head()


def _git(folder: Path, *arguments: str) -> None:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_NAME": "eval" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "eval@localhost" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": DATE for who in ("AUTHOR", "COMMITTER")},
    }
    result = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if result.returncode:
        raise FaultError(f"git {arguments[0]} failed in {folder}: {result.stderr.strip()}")


def repair(
    program: Program,
    arm: str,
    source: Path,
    out: Path,
    model: LanguageModel,
    settings: Settings,
    report: Report,
    budget: SharedBudget | None = None,
) -> Run:
    """One arm's attempt at one program; everything it leaves lies under `out`. `budget` is shared by all of them."""
    target = out / "repositories" / program.name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    commit = make_repository(program, source, target)
    task = Task(
        repository=str(target),
        base_commit=commit,
        issue=f"The program {PROGRAMS}/{program.name}.py is wrong: its tests in {program.test} fail.",
        test_command=f"python -m pytest -q {program.test}",
        test_files=tuple(name for name in program.files if name != f"{PROGRAMS}/{program.name}.py"),
    )
    own = {
        "strategy": "staged",
        "max_attempts": ARMS[arm],
        "max_steps": UNLIMITED_CALLS,
        "command_timeout": settings.max_time / 15,
        "store": out / "stores" / program.name,
    }
    chosen, runs = settings.model_copy(update=own), RunStore(out / "runs" / arm)
    return resolve(task, chosen, model=model, runs=runs, report=report, budget=budget)


def run_benchmark(
    source: Path,
    names: Sequence[str],
    arms: Sequence[str],
    settings: Settings,
    out: Path,
    report: Report,
    budget: SharedBudget | None = None,
) -> dict[str, Any]:
    """All programs in all arms, those with a result in `out` left alone; the document of `memcoder eval repair`.

    Raises BudgetError where `budget` is spent; what was done is kept, and goes on with a larger one.
    """
    chosen = [program for program in programs(source) if not names or program.name in names]
    unknown = sorted(set(names) - {program.name for program in chosen}) + sorted(set(arms) - set(ARMS))
    if unknown:
        raise UsageError(
            f"unknown: {', '.join(unknown)}", f"arms are {', '.join(ARMS)}; programs need a test of their own"
        )
    results = Results(out, {"model": settings.model, "seed": settings.seed, "max_time": settings.max_time})
    done = {(row["arm"], row["program"]) for row in results.rows()}
    todo = [(program, arm) for program in chosen for arm in arms if (arm, program.name) not in done]
    report(f"{len(todo)} to do, {len(done)} done; at worst {len(todo) * settings.max_time / 60:.0f} minutes")
    if todo:
        with open_model(settings, say=report) as model:
            for program, arm in todo:
                report(f"{arm}: {program.name}")
                results.add(_row(program, arm, repair(program, arm, source, out, model, settings, report, budget)))
    rows = [row for row in results.rows() if row["arm"] in arms and row["program"] in {p.name for p in chosen}]
    return {
        "command": "repair",
        "seed": settings.seed,
        "model": settings.model,
        "max_time": settings.max_time,
        "arms": [_summary(arm, [row for row in rows if row["arm"] == arm], len(chosen)) for arm in arms],
        "programs": rows,
    }


def _row(program: Program, arm: str, run: Run) -> dict[str, Any]:
    return {
        "program": program.name,
        "arm": arm,
        "solved": bool(run.verdict and run.verdict.status == "verified"),
        "by": next((attempt.origin for attempt in run.attempts if attempt.passed), ""),
        "attempts": len(run.attempts),
        "calls": run.usage.calls,
        "candidates": len({attempt.after for attempt in run.attempts if attempt.after}),
        "tokens": run.usage.tokens,
        "seconds": round(run.seconds, 1),
        "run": run.id,
    }


def _summary(arm: str, rows: list[dict[str, Any]], total: int) -> dict[str, Any]:
    sums = {key: sum(row[key] for row in rows) for key in ("solved", "attempts", "calls", "candidates", "tokens")}
    return {"name": arm, "total": total, **sums, "seconds": round(sum(row["seconds"] for row in rows), 1)}
