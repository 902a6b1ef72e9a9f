"""`memcoder eval distill`: how often a model's distilling of a commit is taken, at first and after one retry."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memcoder import (
    LanguageModel,
    LimitError,
    Memory,
    MemoryStore,
    Settings,
    UsageError,
    choose,
    distill_memory,
    open_model,
)
from memcoder_eval.citations import cited_ids
from memcoder_eval.drawing import drawn
from memcoder_eval.intervals import share
from memcoder_eval.results import Results
from memcoder_eval.stores import Report, mined

POOL = 500
"""The sample is drawn from a repository's most useful commits, which are those that a user would have distilled."""
CHOSEN = "chosen.json"


def sample(store: MemoryStore, count: int, seed: int, cited: bool) -> list[str]:
    """Ids of commits that are worth distilling, drawn by the seed; with `cited`, such that a later commit cites."""
    among = frozenset(cited_ids(store)) if cited else None
    found = (memory.id for memory in choose(store, POOL, among=among))
    return drawn((one for one in found if among is None or one in among), count, seed)


def run_benchmark(
    folder: Path, names: Sequence[str], count: int, cited: bool, stores: Path, settings: Settings, out: Path,
    report: Report,
) -> dict[str, Any]:  # fmt: skip
    """Distil `count` commits of each repository, those with a result in `out` left alone; the command's document.

    Nothing is written into the stores, so that recall over them stays that of raw memories.
    """
    if not names:
        raise UsageError("no repository was named", "give --names A,B,C")
    results = Results(out, {"model": settings.model, "seed": settings.seed, "cited": cited})
    chosen = _chosen(folder, names, count, cited, stores, settings, out, report)
    done = {(row["repository"], row["commit"]) for row in results.rows()}
    todo = {name: [one for one in chosen[name] if (name, one) not in done] for name in names}
    left = sum(map(len, todo.values()))
    report(f"{left} to do, {len(done)} done; at worst {left * settings.max_time / 60:.0f} minutes")
    if left:
        with open_model(settings) as model:
            for name in filter(lambda name: todo[name], names):
                with mined(folder, name, stores, settings, report, vectors=False) as (_, store):
                    for commit in todo[name]:
                        memory = store.get(commit)
                        if memory is None:
                            raise UsageError(f"{stores / name} has no {commit[:10]}", "give another --out")
                        row = measure(name, memory, model, settings)
                        results.add(row)
                        report(_line(row))
    wanted = {(name, commit) for name in names for commit in chosen[name]}
    rows = [row for row in results.rows() if (row["repository"], row["commit"]) in wanted]
    return document(rows, names, settings)


def measure(name: str, memory: Memory, model: LanguageModel, settings: Settings) -> dict[str, Any]:
    """The row of one commit; one that takes longer than `max_time` is not valid."""
    row: dict[str, Any] = {"repository": name, "commit": memory.id, "fields": None, "tries": 0, "refused": []}
    try:
        done = distill_memory(model, memory, within=settings.max_time, seed=settings.seed)
    except LimitError:
        return row | {"refused": [["time"]], "seconds": settings.max_time, "tokens_in": 0, "tokens_out": 0}
    return row | {
        "fields": done.fields.model_dump(mode="json") if done.fields else None,
        "tries": done.tries,
        "refused": [sorted({fault.kind for fault in faults}) for faults in done.refused],
        "details": [[f"{fault.kind}: {fault.detail}" for fault in faults] for faults in done.refused],
        "seconds": round(done.usage.seconds, 2),
        "tokens_in": done.usage.tokens_in,
        "tokens_out": done.usage.tokens_out,
    }


def document(rows: list[dict[str, Any]], names: Sequence[str], settings: Settings) -> dict[str, Any]:
    """Shares with 95 % intervals, refusals by reason, and what a commit took; one arm a repository and `all`."""
    parts = {"all": rows} | {name: [row for row in rows if row["repository"] == name] for name in names}
    return {
        "command": "distill",
        "seed": settings.seed,
        "model": settings.model,
        "arms": [_summary(name, part) for name, part in parts.items()],
        "commits": rows,
    }


def _summary(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    valid = [row for row in rows if row["fields"]]
    reasons = Counter(kind for row in rows for kinds in row["refused"] for kind in kinds)
    return {
        "name": name,
        "total": len(rows),
        "valid_first": share(sum(not row["refused"] for row in valid), len(rows)),
        "valid": share(len(valid), len(rows)),
        "refusals": dict(reasons.most_common()),
        **{f"{key}_each": _mean(rows, key) for key in ("seconds", "tokens_in", "tokens_out")},
    }


def _mean(rows: list[dict[str, Any]], key: str) -> float:
    return round(sum(row[key] for row in rows) / len(rows), 1) if rows else 0.0


def _line(row: dict[str, Any]) -> str:
    state = "refused" if not row["fields"] else "valid" if not row["refused"] else "valid after a retry"
    why = "; ".join(", ".join(kinds) for kinds in row["refused"])
    return f"{row['repository']} {row['commit'][:10]}: {state}{' (' + why + ')' if why else ''}, {row['seconds']:.0f} s"


def _chosen(
    folder: Path, names: Sequence[str], count: int, cited: bool, stores: Path, settings: Settings, out: Path,
    report: Report,
) -> dict[str, list[str]]:  # fmt: skip
    """The sample, drawn once and kept beside the results, so that a clone which was fetched anew changes nothing."""
    path = out / CHOSEN
    known: dict[str, list[str]] = json.loads(path.read_text()) if path.is_file() else {}
    for name in names:
        if len(known.get(name, ())) < count:
            with mined(folder, name, stores, settings, report, vectors=False) as (_, store):
                known[name] = sample(store, count, settings.seed, cited)
            draft = path.with_suffix(".tmp")
            draft.write_text(json.dumps(known, indent=1) + "\n")
            draft.replace(path)
    return {name: known[name][:count] for name in names}
