"""`memcoder eval conventions`: do counted conventions last?

Each repository's history is cut at 80 % of its main line. What is stated of the first part is looked for in the rest:
a convention stated at 90 % should hold for about nine in ten later changes.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from memcoder import HeldOut, Lasting, MissingError, Repository, held_out, wilson
from memcoder_eval.stores import clone_at

BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
RULE = 0.8
"""What is stated at this rate or more is called a rule."""
LEAST_LATER = 10
"""Later changes that a convention's own later rate is taken of; with fewer it counts in the pooled rate alone."""
Report = Callable[[str], None]


def run_benchmark(folder: Path, names: Sequence[str], share: float, report: Report) -> dict[str, Any]:
    """The document of `memcoder eval conventions`: an arm a repository, and all together."""
    found: dict[str, HeldOut] = {}
    for path in _repositories(folder, names):
        report(f"counting {path.name}")
        found[path.name.removesuffix(".git")] = held_out(Repository.open(path), share)
    everything = [each for result in found.values() for each in result.conventions]
    return {
        "command": "conventions",
        "seed": 0,
        "share": share,
        "arms": [_arm(name, result) for name, result in found.items()],
        "calibration": calibration(everything),
        "rules": by_rule(everything),
        "helpers": helpers(everything),
    }


def _repositories(folder: Path, names: Sequence[str]) -> list[Path]:
    """The repositories DIR/NAME or DIR/NAME.git; all of the folder where none is named."""
    if not names:
        found = sorted(path for path in folder.glob("*") if (path / ".git").exists() or (path / "HEAD").is_file())
        if not found:
            raise MissingError(f"{folder} holds no git repositories", "clone some into it, or name another folder")
        return found
    chosen = []
    for name in names:
        there = clone_at(folder, name)
        if there is None:
            raise MissingError(
                f"{folder} has no {name} and no {name}.git", "clone it there, or leave it out of --names"
            )
        chosen.append(there)
    return chosen


def _arm(name: str, result: HeldOut) -> dict[str, Any]:
    return {
        "name": name,
        "total": len(result.conventions),
        "cut": result.cut,
        "changes_before": result.changes_before,
        "changes_after": result.changes_after,
        "calibration": calibration(result.conventions),
        "rules": by_rule(result.conventions),
        "helpers": helpers(result.conventions),
        "conventions": [_row(each) for each in result.conventions],
    }


def calibration(conventions: Iterable[Lasting]) -> list[dict[str, Any]]:
    """A line for each bin of stated rates, and one for all rates from 80 % up."""
    rated = [each for each in conventions if each.convention.rule != "helper" and each.total]
    bins = [(low, high, [each for each in rated if low <= each.convention.rate < high]) for low, high in pairwise(BINS)]
    bins.append((RULE, 1.0, [each for each in rated if each.convention.rate >= RULE]))
    return [{"from": low, "to": high, **_summary(held)} for low, high, held in bins]


def by_rule(conventions: Iterable[Lasting]) -> list[dict[str, Any]]:
    """The same for each kind of rule, over what is stated at 80 % or more."""
    rated = [each for each in conventions if each.convention.rule != "helper" and each.convention.rate >= RULE]
    keys = sorted({each.convention.rule for each in rated})
    return [{"rule": key, **_summary([each for each in rated if each.convention.rule == key])} for key in keys]


def helpers(conventions: Iterable[Lasting]) -> dict[str, Any]:
    """Of the helpers that an area is said to keep using: how many later changes of the area used again."""
    stated = [each for each in conventions if each.convention.rule == "helper" and each.total]
    again = sum(each.count > 0 for each in stated)
    return {"stated": len(stated), "used_again": again, "interval": _rounded(wilson(again, len(stated)))}


def _summary(conventions: Sequence[Lasting]) -> dict[str, Any]:
    """Stated rate beside later rate: the mean over conventions, and pooled over later changes with Wilson's 95 %.

    Conventions share changes (an area's are the project's too), so pooled intervals are narrower than is true.
    """
    enough = [each for each in conventions if each.total >= LEAST_LATER]
    count, total = sum(each.count for each in conventions), sum(each.total for each in conventions)
    inside = sum(_inside(each) for each in enough)
    return {
        "conventions": len(conventions),
        "stated": _mean([each.convention.rate for each in conventions]),
        "held": _mean([each.count / each.total for each in enough]),
        "of": len(enough),
        "inside": inside,
        "pooled": round(count / total, 4) if total else None,
        "changes": total,
        "interval": _rounded(wilson(count, total)),
    }


def _inside(each: Lasting) -> bool:
    """Whether the stated rate lies in the interval of the later one."""
    low, high = wilson(each.count, each.total)
    return low <= each.convention.rate <= high


def _row(each: Lasting) -> dict[str, Any]:
    kept = each.convention.model_dump(mode="json", exclude={"examples"})
    return {**kept, "later_count": each.count, "later_total": each.total}


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(end, 4) for end in interval]
