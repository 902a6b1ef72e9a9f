"""Repeated actions and repeated failures, noticed and named to the model."""

import hashlib
from collections import Counter

from memcoder.models.base import ToolCall

OFTEN = 3
"""Times from which on it is said."""


class Repeats:
    """Counts what a model does and what comes of it.

    What it says depends on calls and results alone, so that a replayed run is told the same.
    """

    def __init__(self) -> None:
        self._calls: Counter[bytes] = Counter()
        self._failures: Counter[bytes] = Counter()

    def note(self, call: ToolCall | None, result: str, failed: bool) -> str:
        """What the model is told after this result; empty where nothing repeats itself."""
        name = "" if call is None else f"{call.name}\0{call.written}"
        same = self._count(self._calls, f"{name}\0{result}")
        alike = self._count(self._failures, result) if failed else 0
        if same >= OFTEN and call is not None:
            return f"[This is the {_ordinal(same)} time that this very call gave this very result. Try another way.]"
        if alike >= OFTEN:
            return f"[This is the {_ordinal(alike)} time that you failed like this. Try another way.]"
        return ""

    @staticmethod
    def _count(counter: Counter[bytes], text: str) -> int:
        mark = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
        counter[mark] += 1
        return counter[mark]


def _ordinal(number: int) -> str:
    words = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
    return words.get(number, f"{number}th")
