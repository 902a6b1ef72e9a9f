"""A training as it goes: a live line on a terminal, a line a minute where standard error is a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from memcoder.cli.common import every, say

if TYPE_CHECKING:
    from memcoder.internalize.training.example import Step
    from memcoder.internalize.training.train import Report

EVERY = 60.0
"""Seconds between two lines in a file."""


def line_of(step: "Step") -> str:
    """Loss, time to go and memory, in one line."""
    return (
        f"step {step.step} of {step.steps}, loss {step.loss:.3f}, {duration(step.left)} to go, "
        f"{step.memory / 1e9:.1f} GB"
    )


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def training_bar(live: bool | None = None) -> Iterator["Report"]:
    """What a training reports to; `live`: whether standard error is a terminal, looked up where it is None."""
    if not (sys.stderr.isatty() if live is None else live):
        due = every(EVERY)

        def tell(step: "Step") -> None:
            if step.step == step.steps or due():
                say(line_of(step))

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("training", total=None)
        yield lambda step: bars.update(bar, description=line_of(step), completed=step.step, total=step.steps)
