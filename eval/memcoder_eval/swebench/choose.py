"""Which instances of which dataset."""

import re
from dataclasses import dataclass
from pathlib import Path

from memcoder import UsageError
from memcoder_eval.dataset import Instance, after, load
from memcoder_eval.drawing import drawn
from memcoder_eval.swebench.datasets import find, in_lite

SLICE = re.compile(r"(\d*):(\d*)")


@dataclass(frozen=True)
class Choice:
    """What is asked for, each part of what the part before left."""

    only: str | None = None
    """Regular expression that the ids must match."""
    part: str | None = None
    """`A:B`: from the A-th up to the B-th, counted from 0."""
    after: str | None = None
    """Day from which on they came up."""
    exclude_lite: bool = False
    """Without those of Verified that Lite has too."""
    sample: int | None = None
    """So many, drawn by the seed."""
    seed: int = 0


def chosen(dataset: str, out: Path, choice: Choice) -> list[Instance]:
    """Instances in the dataset's order. Raises MissingError where it cannot be had, UsageError where none is left."""
    found = load(find(dataset, out), only=choice.only)
    found = found[_slice(choice.part)] if choice.part else found
    if choice.after:
        found = after(found, choice.after)
    if choice.exclude_lite:
        known = in_lite()
        found = [one for one in found if one.id not in known]
    if not found:
        raise UsageError(f"no instance of {dataset} is left", "look at --filter, --slice, --after and --exclude-lite")
    if choice.sample is None:
        return found
    names = set(drawn((one.id for one in found), choice.sample, choice.seed))
    return [one for one in found if one.id in names]


def _slice(text: str) -> slice:
    found = SLICE.fullmatch(text)
    if not found:
        raise UsageError(f"--slice {text!r} is no part", "give A:B, either of which may be left out, e.g. 0:20")
    return slice(*(int(end) if end else None for end in found.groups()))
