"""Rows to the document that `memcoder eval localize --json` prints; nothing here asks recall again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from memcoder_eval.localize.metrics import KS, percentiles, recall_at, share, strict
from memcoder_eval.localize.score import BUDGETS
from memcoder_eval.statistics import compare, percent

Row = dict[str, Any]
"""One instance, all its arms merged."""


def merge(rows: Iterable[Row]) -> dict[str, Row]:
    """Instance rows by id; an instance that was asked about twice, for different arms, becomes one row."""
    merged: dict[str, Row] = {}
    for row in rows:
        if row["kind"] == "instance":
            old = merged.get(row["instance"], {})
            merged[row["instance"]] = row | old | {"arms": row["arms"] | old.get("arms", {})}
    return merged


def document(
    rows: Sequence[Row], ids: Sequence[str], arms: Sequence[str], missing: Sequence[Row], seed: int
) -> dict[str, Any]:
    """The figures of `arms` over the instances `ids`; an instance without a row counts as a failure.

    Shares are in percent with a 95 % interval, times in milliseconds, memory in MiB.
    """
    merged = merge(rows)
    chosen = [merged[name] for name in ids if name in merged and set(arms) <= set(merged[name]["arms"])]
    # A first revision pays for opening and warming what all later ones use.
    cold = [row["cold_ms"] for row in chosen if row["cold_ms"] is not None and not row["first"]]
    return {
        "arms": [{"name": arm, **_arm(chosen, arm, missing)} for arm in arms],
        "pairs": _pairs(chosen, arms, seed),
        "missing": list(missing),
        "cold_ms": percentiles(cold),
        "warm_ms": percentiles([row["warm_ms"] for row in chosen]),
        "repositories": _repositories(rows, chosen),
        "added_files": sum(bool(row["gold"]["added"]) for row in chosen),
        "incomplete": sum(not row["arms"][arm]["complete"] for row in chosen for arm in arms),
    }


def _arm(chosen: Sequence[Row], arm: str, missing: Sequence[Row]) -> dict[str, Any]:
    lost = len(missing)
    by_repository: dict[str, list[Row]] = defaultdict(list)
    for row in chosen:
        by_repository[row["repo"]].append(row)
    gone: dict[str, int] = defaultdict(int)
    for one in missing:
        gone[one["repo"]] += 1
    names = sorted({*by_repository, *gone})
    return {
        **_files(chosen, arm, lost),
        "functions": _functions(chosen, arm, lost),
        "one_file": _files([row for row in chosen if len(row["gold"]["files"]) == 1], arm, 0),
        "several_files": _files([row for row in chosen if len(row["gold"]["files"]) > 1], arm, 0),
        "one_function": _functions([row for row in chosen if len(row["gold"]["functions"]) == 1], arm, 0),
        "several_functions": _functions([row for row in chosen if len(row["gold"]["functions"]) > 1], arm, 0),
        "repositories": {
            name: _files(by_repository[name], arm, gone[name])
            | {"functions": _functions(by_repository[name], arm, gone[name])}
            for name in names
        },
    }


def _files(chosen: Sequence[Row], arm: str, lost: int) -> dict[str, Any]:
    return _accuracy([row["arms"][arm]["file_ranks"] for row in chosen], lost)


def _functions(chosen: Sequence[Row], arm: str, lost: int) -> dict[str, Any]:
    """Over the instances that change an existing function; of a missing one nobody knows, so it counts as failed."""
    having = [row for row in chosen if row["gold"]["functions"]]
    total = len(having) + lost
    budget = {
        kind: {str(size): share(sum(row["arms"][arm]["budget"][kind][str(size)] for row in having), total)
               for size in BUDGETS}
        for kind in ("plain", "full")
    }  # fmt: skip
    return _accuracy([row["arms"][arm]["function_ranks"] for row in having], lost) | {"budget": budget}


def _accuracy(ranks: Sequence[Sequence[int | None]], lost: int) -> dict[str, Any]:
    total = len(ranks) + lost
    figures: dict[str, Any] = {"total": total}
    for k in KS:
        found = share(sum(strict(one, k) for one in ranks), total)
        figures[f"acc@{k}"], figures[f"acc@{k}_interval"] = found["percent"], found["interval"]
    for k in KS:
        figures[f"recall@{k}"] = percent(sum(recall_at(one, k) for one in ranks) / total) if total else 0.0
    return figures


def _pairs(chosen: Sequence[Row], arms: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """`full` against each other arm (without `full`: the last arm against each), instance by instance."""
    if len(arms) < 2:
        return []
    ours = "full" if "full" in arms else arms[-1]
    having = [row for row in chosen if row["gold"]["functions"]]
    return [
        {
            "arm": ours,
            "against": other,
            "files": _compared(chosen, ours, other, "file_ranks", seed),
            "functions": _compared(having, ours, other, "function_ranks", seed),
        }
        for other in arms
        if other != ours
    ]


def _compared(rows: Sequence[Row], ours: str, other: str, ranks: str, seed: int) -> dict[str, Any]:
    def hits(arm: str, k: int) -> list[bool]:
        return [strict(row["arms"][arm][ranks], k) for row in rows]

    return {f"acc@{k}": compare(hits(ours, k), hits(other, k), seed) for k in KS}


def _repositories(rows: Sequence[Row], chosen: Sequence[Row]) -> dict[str, Any]:
    """Latency, memory and mining of each repository that was asked about."""
    found: dict[str, Any] = {}
    for repo in sorted({row["repo"] for row in chosen}):
        own = [row for row in chosen if row["repo"] == repo]
        cold = [row["cold_ms"] for row in own if row["cold_ms"] is not None and not row["first"]]
        found[repo] = {
            "instances": len(own),
            "cold_ms": percentiles(cold),
            "warm_ms": percentiles([row["warm_ms"] for row in own]),
            "peak_mb": max(_of(rows, repo, "memory", lambda row: row["peak_mb"]), default=None),
            # The mining that read most is the one that made the store; later ones found nothing new.
            "mining": max(_of(rows, repo, "mine", _mining), key=lambda one: one["new"], default=None),
        }
    return found


def _of(rows: Sequence[Row], repo: str, kind: str, read: Callable[[Row], Any]) -> list[Any]:
    return [read(row) for row in rows if row["kind"] == kind and row["repo"] == repo]


def _mining(row: Row) -> dict[str, Any]:
    return {key: row[key] for key in ("commits", "new", "seconds", "pending", "beside")}
