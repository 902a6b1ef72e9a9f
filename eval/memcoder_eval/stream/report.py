"""The document of `memcoder eval stream`: an arm a policy, policies in pairs, and the curves over the stream."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from memcoder_eval.intervals import share
from memcoder_eval.statistics import RESAMPLES, compare
from memcoder_eval.stream.localise import KS

Row = Mapping[str, Any]
CURVES = (*(f"recall@{k}" for k in KS), "resolved", "tokens", "cost")


def document(rows: Sequence[Row], policies: Sequence[str], tasks: Mapping[str, Sequence[str]], seed: int) -> Any:
    """`tasks` are the ids of each repository's stream in order; `rows` those that ended or that a fault ended."""
    total = sum(map(len, tasks.values()))
    ended = {(row["arm"], row["instance"]): row for row in rows if row["state"] == "ended"}
    return {
        "command": "stream",
        "seed": seed,
        "arms": [_arm(policy, ended, total, seed) for policy in policies],
        "pairs": [_pair(policy, policies[0], ended, seed) for policy in policies[1:]],
        "curves": {
            policy: {repo: _curves([ended.get((policy, one)) for one in ids]) for repo, ids in tasks.items()}
            for policy in policies
        },
        "instances": list(rows),
    }


def _arm(policy: str, ended: Mapping[tuple[str, str], Row], total: int, seed: int) -> dict[str, Any]:
    own = [row for (arm, _), row in ended.items() if arm == policy]
    solved = [row for row in own if "resolved" in row]
    found: dict[str, Any] = {"name": policy, "total": total, "ended": len(own)}
    found |= {f"recall@{k}": _mean([row[f"recall@{k}"] for row in own], seed) for k in KS}
    found["with_fixes"] = sum(bool(row["fixes"]) for row in own)
    found["with_lessons"] = sum(bool(row["lessons"]) for row in own)
    if solved:
        found["resolved"] = share(sum(bool(row["resolved"]) for row in solved), total)
        found |= {key: sum(row.get(key) or 0 for row in solved) for key in ("tokens", "cost")}
    return found


def _pair(policy: str, against: str, ended: Mapping[tuple[str, str], Row], seed: int) -> dict[str, Any]:
    """A policy against the first one, on the tasks that both ended."""
    both = [one for arm, one in ended if arm == policy and (against, one) in ended]
    ours, theirs = ([ended[name, one] for one in both] for name in (policy, against))
    found: dict[str, Any] = {"arm": policy, "against": against, "of": len(both)}
    for k in KS:
        key = f"recall@{k}"
        gained = [one[key] - before[key] for one, before in zip(ours, theirs, strict=True)]
        won, lost = sum(one > 0 for one in gained), sum(one < 0 for one in gained)
        found[key] = {"difference": _mean(gained, seed), "won": won, "lost": lost}
    if all("resolved" in row for row in (*ours, *theirs)):
        mine, other = ([bool(row["resolved"]) for row in side] for side in (ours, theirs))
        found["resolved"] = compare(mine, other, seed)
    return found


def _mean(values: Sequence[float], seed: int) -> dict[str, Any]:
    """The mean in percent, and its 95 % bootstrap interval over tasks."""
    if not values:
        return {"percent": 0.0, "interval": [0.0, 0.0]}
    drawn = np.random.default_rng(seed).choice(np.array(values), (RESAMPLES, len(values)))
    ends = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    return {
        "percent": round(100 * float(np.mean(values)), 1),
        "interval": [round(100 * float(end), 1) for end in ends],
    }


def _curves(rows: Sequence[Row | None]) -> dict[str, list[float]]:
    """The mean of each figure over the tasks so far, a point a task that ended; figures that no task has are left out.

    Tokens and cost are means a task; resolved and recall are shares, 0 to 1.
    """
    own = [row for row in rows if row is not None]
    found = {}
    for name in CURVES:
        values = [float(row[name] or 0) for row in own if name in row]
        if values:
            means = np.cumsum(values) / np.arange(1, len(values) + 1)
            found[name] = [round(float(mean), 4) for mean in means]
    return found
