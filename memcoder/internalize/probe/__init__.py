"""The frozen general probe: what a base model knows of Python and programming at large, and must not forget.

An adapter that learns a project's facts may not pay for them with this. The items are fixed for good, because scores
compare only over the same items: a changed file is refused, and whoever changes it on purpose changes `SHA256` with it
and measures every base anew.
"""

import hashlib
from functools import cache
from importlib.resources import files

from memcoder.errors import FaultError
from memcoder.records.base import Record

SHA256 = "9951420801ee6fe7ab79556db71c63efac8ca5829cc8abc173d568b54de1cf27"
"""Of `items.jsonl`."""


class Item(Record):
    """A question with four answers that read alike, of which one is right."""

    question: str
    answers: tuple[str, ...]
    right: int
    """Index of the right answer."""


@cache
def probe() -> tuple[Item, ...]:
    """All items, in the order of their file. A model has one right where it finds the right answer the likeliest, by
    mean log-probability a token; by chance that is one in four. Raises FaultError where the file is not as frozen.
    """
    data = (files(__name__) / "items.jsonl").read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise FaultError("the frozen general probe was changed", "install memcoder anew")
    return tuple(Item.model_validate_json(line) for line in data.splitlines())
