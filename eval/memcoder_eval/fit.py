"""`memcoder eval fit`: does fit tell a merged patch from the same patch spoiled, and does it complain of merged ones?

Past fixes of a repository are drawn by the seed. Each is looked at as merged, and spoiled in each way of `spoiling`,
with conventions counted as of its parent commit. A complaint of a merged patch counts as a wrong one.
"""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from memcoder import (
    Fit,
    Memory,
    MemoryStore,
    Repository,
    Settings,
    UsageError,
    assess,
    conventions,
    is_test_path,
    prepare,
)
from memcoder_eval.intervals import share
from memcoder_eval.patches import Patch
from memcoder_eval.results import Results
from memcoder_eval.spoiling import WAYS
from memcoder_eval.stores import Report, mined

MERGED = "merged"
FILES_LIMIT, LINES_LIMIT = 10, 400
"""Of a fix that is drawn; larger ones are no fixes of one issue."""
AFTER = 0.3
"""The first part of a history, from which no fix is drawn: too little was done by custom yet."""


def sample(store: MemoryStore, count: int, seed: int) -> list[Memory]:
    """Fixes that change Python source, drawn by the seed among those after the first part of the history."""
    commits = sorted(store.all("commit"), key=lambda memory: (memory.provenance.time, memory.id))
    later = commits[int(AFTER * len(commits)) :]
    found = [memory for memory in later if memory.change.kind == "fix" and _is_small(memory)]
    random.Random(seed).shuffle(found)  # noqa: S311 - a sample, no secret
    return found[:count]


def _is_small(memory: Memory) -> bool:
    files = memory.change.files
    source = [file for file in files if file.path.endswith(".py") and not is_test_path(file.path)]
    lines, of_source = (sum(file.added + file.deleted for file in some) for some in (files, source))
    return of_source > 0 and len(files) <= FILES_LIMIT and lines <= LINES_LIMIT


def run_benchmark(
    folder: Path, names: Sequence[str], count: int, stores: Path, settings: Settings, tools: bool, out: Path,
    report: Report,
) -> dict[str, Any]:  # fmt: skip
    """Look at `count` fixes of each repository, those with a result in `out` left alone; the command's document.

    With `tools` the project's formatters and linters run in the settings' sandbox. Raises UsageError without names.
    """
    if not names:
        raise UsageError("no repository was named", "give --names A,B,C")
    results = Results(out, {"seed": settings.seed, "tools": tools})
    done = {(row["repository"], row["commit"]) for row in results.rows()}
    chosen = set()
    for name in names:
        with mined(folder, name, stores, settings, report, vectors=False) as (repo, store):
            for fix in sample(store, count, settings.seed):
                chosen.add((name, fix.id))
                if (name, fix.id) not in done:
                    row = {"repository": name, **measure(repo, store, fix, settings, tools)}
                    results.add(row)
                    report(f"{name} {fix.id[:10]}: " + ", ".join(f"{k} {v['score']}" for k, v in row["fits"].items()))
    rows = [row for row in results.rows() if (row["repository"], row["commit"]) in chosen]
    return document(rows, names, settings.seed)


def measure(repo: Repository, store: MemoryStore, fix: Memory, settings: Settings, tools: bool) -> dict[str, Any]:
    """The row of one fix: the fit of the merged patch and of each spoiled one that there is."""
    base = repo.resolve(f"{fix.id}^")
    patch: dict[str, bytes | None] = {file.path: repo.read(fix.id, file.path) for file in fix.change.files}
    patch |= {file.old_path: None for file in fix.change.files if file.old_path and file.status == "renamed"}
    draw = random.Random(f"{settings.seed} {fix.id}")  # noqa: S311
    spoiled = {way: spoil(repo, base, patch, draw) for way, spoil in WAYS.items()}
    policies = conventions(repo, store, as_of=base)
    fits = {}
    with ExitStack() as stack:
        sandbox = stack.enter_context(prepare(repo.path, base, settings).start()) if tools else None
        for name, variant in {MERGED: patch, **spoiled}.items():
            if variant is not None:
                fits[name] = _told(assess(repo, base, variant, policies, sandbox), variant)
    return {"commit": fix.id, "subject": fix.subject, "policies": len(policies), "fits": fits}


def _told(fit: Fit, variant: Patch) -> dict[str, Any]:
    return {
        "score": fit.score,
        "files": len(variant),
        "broken": [[one.kind, one.weight, one.line[:300]] for one in fit.broken],
        "firm": sorted({one.kind for one in fit.firm}),
        "kept": [one.kind for one in fit.kept],
        "not_verified": [one.line for one in fit.findings if one.outcome == "not verified"],
    }


def document(rows: list[dict[str, Any]], names: Sequence[str], seed: int) -> dict[str, Any]:
    """How often the merged patch scores better, and what is said of merged ones; an arm a repository, and `all`."""
    parts = {"all": rows} | {name: [row for row in rows if row["repository"] == name] for name in names}
    return {"command": "fit", "seed": seed, "arms": [_arm(name, part) for name, part in parts.items()], "fixes": rows}


def _arm(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    merged = [row["fits"][MERGED] for row in rows]
    kinds = Counter(kind for found in merged for kind in found["firm"])
    return {
        "name": name,
        "total": len(rows),
        "ways": {way: _against(way, rows) for way in WAYS},
        "complaints": share(sum(bool(found["firm"]) for found in merged), len(rows)),
        "any_complaints": share(sum(bool(found["broken"]) for found in merged), len(rows)),
        "complaints_by_kind": {kind: share(number, len(rows)) for kind, number in kinds.most_common()},
    }


def _against(way: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = [(row["fits"][MERGED]["score"], row["fits"][way]["score"]) for row in rows if way in row["fits"]]
    return {
        "better": share(sum(merged > spoiled for merged, spoiled in pairs), len(pairs)),
        "same": sum(merged == spoiled for merged, spoiled in pairs),
        "worse": sum(merged < spoiled for merged, spoiled in pairs),
    }
