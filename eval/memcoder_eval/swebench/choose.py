"""Which instances of which dataset."""

from pathlib import Path

from memcoder import UsageError
from memcoder_eval.dataset import Instance, load
from memcoder_eval.drawing import drawn
from memcoder_eval.swebench.datasets import find, in_lite


def chosen(
    dataset: str, out: Path, only: str | None, exclude_lite: bool, sample: int | None, seed: int
) -> list[Instance]:
    """Instances in the dataset's order. Raises MissingError where it cannot be had, UsageError where none is left."""
    found = load(find(dataset, out), only=only)
    if exclude_lite:
        known = in_lite()
        found = [one for one in found if one.id not in known]
    if not found:
        raise UsageError(f"no instance of {dataset} is left", "look at --exclude-lite and --only")
    if sample is None:
        return found
    names = set(drawn((one.id for one in found), sample, seed))
    return [one for one in found if one.id in names]
