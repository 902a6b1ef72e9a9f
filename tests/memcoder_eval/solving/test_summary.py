"""Rows and grades to tables."""

from dataclasses import dataclass
from typing import Any

from memcoder_eval.solving.summary import distilled_share, summary

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Grade:
    resolved: bool


def row(arm: str, instance: str, seed: int = 0, **more: Any) -> dict[str, Any]:
    quality = {
        "file_iou": 0.5,
        "changed_lines_ratio": 2.0,
        "conventions_kept": 0.75,
        "conventions_kept_reference": 1.0,
        "helpers_repeated": True,
        "helpers_repeated_reference": False,
    }
    facts = {"state": "ended", "category": "verified", "patch": "p", "tokens": 100, "cost": 0.5, "seconds": 2.0}
    shown = {"memories": ["m1", "m2"], "distilled": [], "quality": quality}
    return {"arm": arm, "instance": instance, "repo": "o/r", "seed": seed, **facts, **shown, **more}


def fault(arm: str, instance: str, category: str) -> dict[str, Any]:
    return row(arm, instance, state="fault", category=category, quality=None, memories=[])


def grades(rows: Rows, *resolved: str) -> dict[tuple[str, str, int], Grade]:
    """By `arm instance`."""
    keys = [(one["arm"], one["instance"], one["seed"]) for one in rows]
    return {key: Grade(f"{key[0]} {key[1]}" in resolved) for key in keys}


def arm(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["arms"] if one["name"] == name)
    return found


def test_an_arm_is_measured_against_all_that_was_asked_for() -> None:
    rows = [row("none", "a"), row("none", "b"), fault("none", "c", "missing"), fault("none", "d", "solving")]
    told = arm(summary(rows, grades(rows, "none a", "none d"), total=5), "none")
    assert (told["total"], told["resolved"], told["unsupported"], told["errors"]) == (5, 1, 1, 1)
    assert told["interval"] == [3.6, 62.4]
    assert (told["tokens"], told["tokens_per_resolved"], told["cost"], told["cost_per_resolved"]) == (
        400,
        400,
        2.0,
        2.0,
    )
    assert (told["file_iou"], told["changed_lines_ratio"], told["conventions_kept"]) == (50.0, 2.0, 75.0)
    assert (told["helpers_repeated"], told["helpers_repeated_reference"], told["patches"]) == (2, 0, 2)
    assert (told["distilled_share"], told["invalid"]) == (None, False)


def test_a_cost_that_is_not_known_is_not_told() -> None:
    rows = [row("none", "a", cost=None), row("none", "b")]
    assert arm(summary(rows, {}, total=2), "none")["cost"] is None


def test_arms_are_compared_on_what_both_ended_and_what_memory_lost_is_told() -> None:
    rows = [row(one, each) for one in ("none", "structured") for each in "abcd"]
    rows[-1] = fault("structured", "d", "solving")
    told = summary(rows, grades(rows, "none a", "none b", "structured a", "structured c"), total=4, seed=1)
    (pair,) = told["pairs"]
    assert (pair["arm"], pair["against"], pair["of"], pair["won"], pair["lost"]) == ("structured", "none", 3, 1, 1)
    assert (pair["p"], pair["difference"], pair["detectable"]) == (1.0, 0.0, None)
    assert (pair["negative_transfer"]["hits"], pair["negative_transfer"]["total"]) == (1, 2)
    assert pair["tokens"]["difference"] == 0.0
    again = summary(rows, grades(rows, "none a", "none b", "structured a", "structured c"), total=4, seed=1)
    assert again == told


def test_less_than_95_percent_distilled_is_invalid() -> None:
    shown = [str(number) for number in range(20)]
    enough = [row("structured", "a", memories=shown, distilled=shown[:19]), row("structured", "b", memories=[])]
    few = [row("shuffled", "a", memories=shown, distilled=shown[:18])]
    raw = [row("raw", "a", memories=shown, distilled=[])]
    told = summary([*enough, *few, *raw], {}, total=2)
    assert (arm(told, "structured")["distilled_share"], arm(told, "structured")["invalid"]) == (0.95, False)
    assert (arm(told, "shuffled")["distilled_share"], arm(told, "shuffled")["invalid"]) == (0.9, True)
    assert arm(told, "raw")["invalid"] is False
    assert distilled_share([]) is None


def test_an_arm_with_two_seeds_stands_there_twice_and_is_no_memory_of_itself() -> None:
    rows = [row("none", "a"), row("none", "a", seed=1), row("raw", "a")]
    told = summary(rows, {("none", "a", 1): Grade(True)}, total=1)
    assert [(one["name"], one["resolved"]) for one in told["arms"]] == [("none@0", 0), ("none@1", 1), ("raw", 0)]
    pairs = {(one["arm"], one["against"]): one for one in told["pairs"]}
    assert pairs[("none@1", "none@0")]["negative_transfer"] is None
    assert pairs[("raw", "none@1")]["negative_transfer"]["hits"] == 1
