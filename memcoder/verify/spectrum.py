"""Which lines are suspicious: those that failing tests run and passing ones do not (spectrum-based localisation).

The formula is Ochiai's, the best of those compared by Abreu, Zoeteweij and van Gemund ("On the accuracy of
spectrum-based fault localization", TAICPART 2007): failed(l) / sqrt(failed * (failed(l) + passed(l))).
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from memcoder.records import Record
from memcoder.sandbox.base import Sandbox
from memcoder.verify.plan import TestPlan
from memcoder.verify.runner import run_tests

PLUGIN = Path(__file__).with_name("spectrum_plugin.py")
MODULE = "memcoder_spectrum"
FOLDER = ".memcoder-spectrum"
OUTPUT = f"{FOLDER}/lines.jsonl"


class Spectrum(Record):
    """Suspicion of each line that a failing test ran, from 0 (excluded) to 1; empty where nothing is known."""

    lines: dict[str, dict[int, float]] = Field(default_factory=dict)

    def of(self, path: str, start: int, end: int) -> float:
        """The greatest suspicion among the lines `start` to `end` (from 1, inclusive)."""
        return max((score for line, score in self.lines.get(path, {}).items() if start <= line <= end), default=0.0)


def measure_spectrum(sandbox: Sandbox, plan: TestPlan, timeout: float) -> Spectrum:
    """Run the plan's tests once more with every line noted; the sandbox is reset afterwards.

    Only pytest is traced, in whatever command; other runners give an empty spectrum. A test that does not end gives
    the lines that it ran until half of `timeout` (seconds) was over.
    """
    sandbox.write(f"{FOLDER}/{MODULE}.py", PLUGIN.read_bytes())
    for path, text in plan.files.items():
        sandbox.write(path, text.encode())
    variables = (
        f'PYTHONPATH="$PWD/{FOLDER}:$PYTHONPATH" MEMCODER_SPECTRUM="$PWD/{OUTPUT}" '
        f"MEMCODER_SPECTRUM_SECONDS={timeout / 2}"
    )
    run_tests(sandbox, f"( export {variables}; {plan.command} )", timeout, plugin=MODULE)
    try:
        text = sandbox.read(OUTPUT).decode(errors="replace")
    except FileNotFoundError:
        text = ""
    sandbox.reset()
    return ochiai(list(_read(text)))


def ochiai(tests: list[tuple[bool, dict[str, list[int]]]]) -> Spectrum:
    """The spectrum of tests, each given as (failed, lines by path)."""
    total = sum(failed for failed, _ in tests)
    counts: dict[bool, Counter[tuple[str, int]]] = {True: Counter(), False: Counter()}
    for failed, lines in tests:
        counts[failed].update((path, line) for path, found in lines.items() for line in set(found))
    scores: dict[str, dict[int, float]] = {}
    for (path, line), hits in counts[True].items():
        score = hits / (total * (hits + counts[False][path, line])) ** 0.5
        scores.setdefault(path, {})[line] = round(score, 4)
    return Spectrum(lines=scores)


def _read(text: str) -> Iterator[tuple[bool, dict[str, list[int]]]]:
    """The plugin's lines; they come from untrusted code, so whatever is not as expected is passed over."""
    for row in text.splitlines():
        try:
            found: Any = json.loads(row)
            lines = {
                str(path): [line for line in numbers if type(line) is int] for path, numbers in found["lines"].items()
            }
            yield bool(found["failed"]), lines
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
