"""All programs in all arms, program by program, so that what disturbs the machine disturbs every arm."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from memcoder import Settings, SharedBudget, open_model
from memcoder_eval.intervals import share
from memcoder_eval.repair.arms import Bench, check
from memcoder_eval.repair.programs import Program
from memcoder_eval.results import Results
from memcoder_eval.statistics import mcnemar
from memcoder_eval.stores import Report

SUMS = ("solved", "attempts", "calls", "candidates", "tokens")


def run_benchmark(
    source: Path,
    chosen: Sequence[Program],
    arms: Sequence[str],
    settings: Settings,
    out: Path,
    report: Report,
    budget: SharedBudget | None = None,
    *,
    max_steps: int | None = None,
) -> dict[str, Any]:
    """All programs in all arms, those with a result in `out` left alone; the document of `memcoder eval repair`.

    `max_steps` are model calls of a program and arm. Raises BudgetError where `budget` is spent; what was done is
    kept, and goes on with a larger one. Raises as `check` does, before anything is made.
    """
    check(list(arms))
    limits = {"max_time": settings.max_time, "max_steps": max_steps}
    results = Results(out, {"model": settings.model, "seed": settings.seed, **limits})
    done = {(row["arm"], row["program"]) for row in results.rows()}
    todo = [(program, arm) for program in chosen for arm in arms if (arm, program.name) not in done]
    report(f"{len(todo)} to do, {len(done)} done; at worst {len(todo) * settings.max_time / 60:.0f} minutes")
    if todo:
        with open_model(settings, say=report) as model:
            bench = Bench(source, out, model, settings, report, max_steps, budget or SharedBudget())
            for program, arm in todo:
                report(f"{arm}: {program.name}")
                results.add(bench.repair(program, arm))
    names = [program.name for program in chosen]
    rows = [row for row in results.rows() if row["arm"] in arms and row["program"] in names]
    return {
        "command": "repair",
        "seed": settings.seed,
        "model": settings.model,
        **limits,
        "arms": [_summary(arm, [row for row in rows if row["arm"] == arm], len(chosen)) for arm in arms],
        "pairs": [_pair(arm, against, rows) for against, arm in combinations(arms, 2)],
        "programs": rows,
    }


def _summary(arm: str, rows: list[dict[str, Any]], total: int) -> dict[str, Any]:
    sums = {key: sum(row[key] for row in rows) for key in SUMS}
    found = share(sums["solved"], total)
    seconds = round(sum(row["seconds"] for row in rows), 1)
    return {"name": arm, "total": total, **sums, "interval": found["interval"], "seconds": seconds}


def _pair(arm: str, against: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Programs that one arm solved and the other did not, of those that both had."""
    solved = {(row["arm"], row["program"]): row["solved"] for row in rows}
    names = {name for of, name in solved if of == arm} & {name for of, name in solved if of == against}
    won = sum(solved[arm, name] and not solved[against, name] for name in names)
    lost = sum(solved[against, name] and not solved[arm, name] for name in names)
    facts = {"both": sum(solved[arm, name] and solved[against, name] for name in names), "of": len(names)}
    return {"arm": arm, "against": against, "won": won, "lost": lost, **facts, "p": round(mcnemar(won, lost), 4)}
