"""The self-check: in a sound environment the reference resolves an instance, and no patch at all does not."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memcoder import MemcoderError, MissingError, Settings
from memcoder_eval.arms import check_arms
from memcoder_eval.dataset import Instance
from memcoder_eval.results import Results
from memcoder_eval.stores import Report
from memcoder_eval.swebench import predictions
from memcoder_eval.swebench.grading import TIMEOUT, Grade, grade_in
from memcoder_eval.swebench.images import provided

PATCHES: dict[str, Callable[[Instance], str]] = {"gold": lambda instance: instance.patch, "empty": lambda instance: ""}
"""The arms: what each submits."""
EXPECTED = {"gold": True, "empty": False}
"""Whether it ought to be resolved."""
BUILD_SECONDS = 900.0
"""Guessed for an environment, where the worst case is told."""


@dataclass(frozen=True)
class Plan:
    """How instances are graded."""

    clones: Path | None
    settings: Settings
    workers: int = 1
    timeout: float = TIMEOUT
    """Seconds that the tests of one instance may take."""


def run_check(
    instances: Sequence[Instance], arms: Sequence[str], plan: Plan, out: Path, report: Report
) -> dict[str, Any]:
    """Grade the arms on every instance, those graded before left alone; the document of the command.

    What a fault ended, or could not be run, is tried again. Raises UsageError for an arm that is not known.
    """
    check_arms(arms, PATCHES)
    results = Results(out, {"timeout": plan.timeout})
    done = {row["key"] for row in results.rows() if row["state"] == "ended"}
    todo = [(one, left) for one in instances if (left := [arm for arm in arms if _key(arm, one) not in done])]
    worst = len(todo) * (BUILD_SECONDS + len(arms) * plan.timeout) / 60 / plan.workers
    report(f"{len(todo)} to do, {len(instances) - len(todo)} done; at worst about {worst:.0f} minutes")
    for arm in arms:
        predictions.write(out / f"{arm}.predictions.jsonl", {one.id: PATCHES[arm](one) for one in instances}, arm)
    with ThreadPoolExecutor(plan.workers) as pool:
        running = [pool.submit(_rows, one, left, plan, out, report) for one, left in todo]
        for finished in as_completed(running):
            for row in finished.result():
                results.add(row)
                report(f"{row['instance']} {row['arm']}: {told(row)}")
    return document(instances, arms, results.rows(), plan.settings.seed)


def _rows(instance: Instance, arms: list[str], plan: Plan, out: Path, report: Report) -> list[dict[str, Any]]:
    """A row an arm; an instance that cannot be run has them too, with the reason."""
    rows: list[dict[str, Any]] = []
    try:
        with provided(instance, plan.clones, plan.settings, report) as image:
            for arm in arms:
                given = grade_in(image, instance, PATCHES[arm](instance), out, timeout=plan.timeout)
                made = {"image": image.origin, "base": image.base}
                rows.append(_row(instance, arm, "ended") | _graded(given) | made)
    except Exception as error:  # one image or one log that the harness cannot read is one instance's trouble
        state = "unsupported" if isinstance(error, MissingError) else "fault"
        said = error.message if isinstance(error, MemcoderError) else f"{type(error).__name__}: {error}"
        reason = {"reason": " ".join(said.split())[:500]}
        rows += [_row(instance, arm, state) | reason for arm in arms[len(rows) :]]
    return rows


def _key(arm: str, instance: Instance) -> str:
    return f"{arm}:{instance.id}"


def _row(instance: Instance, arm: str, state: str) -> dict[str, Any]:
    # neither arm draws anything: the seed is a column for arms that do
    row = {"key": _key(arm, instance), "arm": arm, "instance": instance.id, "seed": 0, "state": state}
    return row | {"repo": instance.question.repo, "version": instance.version, "resolved": False, "reason": ""}


def _graded(given: Grade) -> dict[str, Any]:
    return {
        "resolved": given.resolved,
        "applied": given.applied,
        "infra_failure": given.infra_failure,
        "reason": given.reason,
        "seconds": given.seconds,
    }


def told(row: dict[str, Any]) -> str:
    """A row in a few words."""
    if row["state"] != "ended":
        return f"{row['state']}: {row['reason'][:200]}"
    return f"{'resolved' if row['resolved'] else 'not resolved'} in {row['seconds']} s {row['reason'][:200]}".strip()


def document(
    instances: Sequence[Instance], arms: Sequence[str], rows: list[dict[str, Any]], seed: int
) -> dict[str, Any]:
    """An arm with what it resolved of all that were asked for, and each instance with whether it is sound."""
    latest = {row["key"]: row for row in rows}
    told_of = []
    for instance in instances:
        found = {arm: latest[key] for arm in arms if (key := _key(arm, instance)) in latest}
        told_of.append(_instance(instance, found, arms))
    totals = []
    for arm in arms:
        mine = [row for one in instances if (row := latest.get(_key(arm, one)))]
        totals.append(
            {
                "name": arm,
                "total": len(instances),
                "resolved": sum(row["resolved"] for row in mine),
                "unsupported": sum(row["state"] == "unsupported" for row in mine),
                "errors": sum(row["state"] == "fault" for row in mine),
            }
        )
    sound = sum(one["sound"] for one in told_of)
    return {"command": "swebench", "seed": seed, "arms": totals, "sound": sound, "instances": told_of}


def _instance(instance: Instance, found: dict[str, dict[str, Any]], arms: Sequence[str]) -> dict[str, Any]:
    wrong = [arm for arm in arms if arm not in found or not _as_expected(found[arm])]
    any_row = next(iter(found.values()), {})
    return {
        "instance": instance.id,
        "repo": instance.question.repo,
        "version": instance.version,
        "base": any_row.get("base", ""),
        "image": any_row.get("image", ""),
        "sound": not wrong,
        "resolved": {arm: row["resolved"] for arm, row in found.items()},
        "reason": "; ".join(f"{arm}: {_why(found.get(arm))}" for arm in wrong),
    }


def _as_expected(row: dict[str, Any]) -> bool:
    return bool(row["state"] == "ended" and row["resolved"] == EXPECTED[row["arm"]])


def _why(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not run"
    return row["reason"] or "resolved without a patch"
