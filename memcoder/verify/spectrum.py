"""Which lines are suspicious: those that failing tests run and passing ones do not (spectrum-based localisation).

The formula is Ochiai's, the best of those compared by Abreu, Zoeteweij and van Gemund ("On the accuracy of
spectrum-based fault localization", TAICPART 2007): failed(l) / sqrt(failed * (failed(l) + passed(l))).
"""

import json
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from memcoder.errors import MemcoderError
from memcoder.records import Record
from memcoder.sandbox.base import Sandbox, write_files
from memcoder.verify.plan import TestPlan
from memcoder.verify.runner import run_tests
from memcoder.verify.runners import pytest

PLUGIN = Path(__file__).with_name("spectrum_plugin.py")
MODULE = "memcoder_spectrum"
FOLDER = ".memcoder-spectrum"
OUTPUT = f"{FOLDER}/lines.jsonl"
ENDLESS = 0.8
"""Part of the time limit after which a test that still runs counts as one that never ends."""

Line = tuple[str, int]
"""Path and number, from 1."""


class Spectrum(Record):
    """Suspicion of each line that a failing test ran, from 0 (excluded) to 1; empty where nothing is known."""

    lines: dict[str, dict[int, float]] = Field(default_factory=dict)

    def of(self, path: str, start: int, end: int) -> float:
        """The greatest suspicion among the lines `start` to `end` (from 1, inclusive)."""
        return max((score for line, score in self.lines.get(path, {}).items() if start <= line <= end), default=0.0)


@dataclass(frozen=True)
class Counts:
    """Failing tests in all, and by how many failing and passing tests each line was run."""

    total_failed: int
    failed: Counter[Line]
    passed: Counter[Line]


def measure_spectrum(sandbox: Sandbox, plan: TestPlan, timeout: float) -> Spectrum:
    """Run the plan's tests once more, at the base commit, with every line noted; the sandbox is reset afterwards.

    pytest alone is traced, where the command leaves PYTHONPATH to it; otherwise the spectrum is empty. A test that
    does not end gives the lines that it ran until most of `timeout` (seconds) was over.
    """
    if plan.runner not in ("", pytest.RUNNER.name) and not plan.files:
        return Spectrum()
    sandbox.reset()
    sandbox.write(f"{FOLDER}/{MODULE}.py", PLUGIN.read_bytes())
    write_files(sandbox, plan.files)
    folder, output = (shlex.quote(f"{sandbox.workdir}/{path}") for path in (FOLDER, OUTPUT))
    variables = (
        f"PYTHONPATH={folder}${{PYTHONPATH:+:$PYTHONPATH}} MEMCODER_SPECTRUM={output} "
        f"MEMCODER_SPECTRUM_SECONDS={ENDLESS * timeout}"
    )
    run_tests(sandbox, f"export {variables}\n{plan.command}", timeout, plugin=MODULE)
    try:
        text = sandbox.read(OUTPUT).decode(errors="replace")
    except (MemcoderError, FileNotFoundError):  # no pytest, or something that tests made of it
        text = ""
    sandbox.reset()
    return ochiai(_sum(text))


def ochiai(counts: Counts) -> Spectrum:
    """The spectrum of what was counted."""
    scores: dict[str, dict[int, float]] = {}
    if counts.total_failed <= 0:
        return Spectrum()
    for line, hits in counts.failed.items():
        score = hits / (counts.total_failed * (hits + counts.passed[line])) ** 0.5
        scores.setdefault(line[0], {})[line[1]] = round(min(score, 1.0), 4)
    return Spectrum(lines=scores)


def _sum(text: str) -> Counts:
    """What the plugin wrote, over all processes of pytest, the last row of each."""
    rows = dict(_read(text))
    failed, passed = Counter[Line](), Counter[Line]()
    for counts in rows.values():
        failed += counts.failed
        passed += counts.passed
    return Counts(sum(counts.total_failed for counts in rows.values()), failed, passed)


def _read(text: str) -> Iterator[tuple[int, Counts]]:
    """The plugin's rows; they come from untrusted code, so whatever is not as expected is passed over."""
    for row in text.splitlines():
        try:
            found: Any = json.loads(row)
            yield (
                int(found["process"]),
                Counts(int(found["total_failed"]), _lines(found["failed"]), _lines(found["passed"])),
            )
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            continue


def _lines(found: dict[str, dict[str, int]]) -> Counter[Line]:
    return Counter(
        {
            (str(path), int(line)): count
            for path, lines in found.items()
            for line, count in lines.items()
            if type(count) is int and count > 0
        }
    )
