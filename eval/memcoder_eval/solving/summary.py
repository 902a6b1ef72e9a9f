"""Rows and grades to tables: an arm a line, and arms compared in pairs."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, Protocol

from memcoder_eval.intervals import share
from memcoder_eval.solving.arms import DISTILLED, LEAST_DISTILLED
from memcoder_eval.statistics import compared, each_resolved, mean_difference, negative_transfer, percent

Row = Mapping[str, Any]
Key = tuple[str, str, int]
"""Arm, instance, seed."""
WITHOUT = "none"
"""The arm that memory is measured against."""
UNSUPPORTED = frozenset({"missing", "environment"})
"""Categories of fault of what cannot be run here, whoever solves it."""


class Graded(Protocol):
    """What the grader says of a prediction."""

    @property
    def resolved(self) -> bool:
        """Whether the reference's tests pass with it, and none broke."""


def summary(
    rows: Iterable[Row],
    grades: Mapping[Key, Graded],
    *,
    total: int,
    seed: int = 0,
    command: str = "swebench",
    distilling: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document of a benchmark: `arms`, `pairs` and the rows as `instances`.

    `total` is how many instances were asked for in each arm; what was not run, failed or has no grade is not resolved.
    An arm that ran with several seeds stands there once for each, as `ARM@SEED`. `distilling` is what was spent ahead
    on the memories that are shown, which is in no row.
    """
    found = [{**row, "resolved": _resolved(row, grades)} for row in rows]
    parts = _parts(found)
    return {
        "command": command,
        "seed": seed,
        "arms": [_arm(name, part, total) for name, part in parts.items()],
        "pairs": _pairs(parts, seed),
        "distilling": distilling,
        "instances": found,
    }


def _resolved(row: Row, grades: Mapping[Key, Graded]) -> bool:
    grade = grades.get((row["arm"], row["instance"], row["seed"]))
    return row["state"] == "ended" and grade is not None and grade.resolved


def _parts(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by arm, or by arm and seed where an arm has several."""
    seeds: dict[str, set[int]] = {}
    for row in rows:
        seeds.setdefault(row["arm"], set()).add(row["seed"])
    parts: dict[str, list[Row]] = {}
    for row in rows:
        name = row["arm"] if len(seeds[row["arm"]]) == 1 else f"{row['arm']}@{row['seed']}"
        parts.setdefault(name, []).append(row)
    return parts


def _arm(name: str, rows: Sequence[Row], total: int) -> dict[str, Any]:
    ended = [row for row in rows if row["state"] == "ended"]
    faults = [row for row in rows if row["state"] != "ended"]
    resolved = sum(row["resolved"] for row in ended)
    unsupported = sum(row["category"] in UNSUPPORTED for row in faults)
    tokens, cost = sum(row.get("tokens", 0) for row in rows), _cost(rows)
    distilled = distilled_share(rows)
    own = rows[0]["arm"] in DISTILLED
    return {
        "name": name,
        "total": total,
        "resolved": resolved,
        "interval": share(resolved, total)["interval"],
        "unsupported": unsupported,
        "errors": len(faults) - unsupported,
        "tokens": tokens,
        "tokens_cached": sum(row.get("tokens_cached", 0) for row in rows),
        "cost": cost,
        "seconds": round(sum(row.get("seconds", 0.0) for row in rows), 1),
        "tokens_per_resolved": each_resolved(tokens, resolved),
        "cost_per_resolved": None if cost is None else each_resolved(cost, resolved),
        **_quality(ended),
        "distilled_share": distilled if own else None,
        "invalid": own and distilled is not None and distilled < LEAST_DISTILLED,
    }


def distilled_share(rows: Iterable[Row]) -> float | None:
    """Of the commits that were shown, each once a repository, the share that was distilled; None without any."""
    shown = {(row["repo"], one) for row in rows for one in row.get("memories", ())}
    distilled = {(row["repo"], one) for row in rows for one in row.get("distilled", ())}
    return round(len(distilled & shown) / len(shown), 4) if shown else None


def _quality(rows: Sequence[Row]) -> dict[str, Any]:
    """Of the patches that there are: medians of ratios, means of shares, and how many repeat a helper."""
    found = [row["quality"] for row in rows if row.get("quality")]
    ratios = [one["changed_lines_ratio"] for one in found if one["changed_lines_ratio"] is not None]
    kept = [one["conventions_kept"] for one in found if one["conventions_kept"] is not None]
    of_reference = [one["conventions_kept_reference"] for one in found if one["conventions_kept_reference"] is not None]
    return {
        "patches": len(found),
        "file_iou": _mean([one["file_iou"] for one in found]),
        "changed_lines_ratio": round(median(ratios), 2) if ratios else None,
        "conventions_kept": _mean(kept),
        "conventions_kept_reference": _mean(of_reference),
        "helpers_repeated": sum(one["helpers_repeated"] for one in found),
        "helpers_repeated_reference": sum(one["helpers_repeated_reference"] for one in found),
    }


def _pairs(parts: Mapping[str, Sequence[Row]], seed: int) -> list[dict[str, Any]]:
    """Every arm against every one before it, on the instances that both ended."""
    names = list(parts)
    return [_pair(later, earlier, parts, seed) for at, earlier in enumerate(names) for later in names[at + 1 :]]


def _pair(arm: str, against: str, parts: Mapping[str, Sequence[Row]], seed: int) -> dict[str, Any]:
    ours, theirs = ({row["instance"]: row for row in parts[name] if row["state"] == "ended"} for name in (arm, against))
    both = sorted(set(ours) & set(theirs))
    resolved, without = ({one: rows[one]["resolved"] for one in both} for rows in (ours, theirs))
    memory = parts[against][0]["arm"] == WITHOUT and parts[arm][0]["arm"] != WITHOUT
    ours_spent, theirs_spent = ([rows[one].get("tokens", 0) for one in both] for rows in (ours, theirs))
    return {
        "arm": arm,
        "against": against,
        **compared(resolved, without, seed),
        "tokens": mean_difference(ours_spent, theirs_spent, seed),
        "negative_transfer": negative_transfer(list(resolved.values()), list(without.values())) if memory else None,
    }


def _cost(rows: Iterable[Row]) -> float | None:
    """US dollars; None where the price of a run is not known."""
    costs = [row.get("cost", 0.0) for row in rows]
    return None if None in costs else round(sum(costs), 4)


def _mean(values: Sequence[float]) -> float | None:
    return percent(sum(values) / len(values)) if values else None
