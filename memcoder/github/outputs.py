"""What the runner is told: the step's outputs and its summary, in the files that it names."""

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from memcoder import FaultError
from memcoder.github.job import Outcome
from memcoder.github.markdown import code

SUMMARY_LIMIT = 500_000
"""Characters; GitHub takes a MiB."""


def write_outputs(outcome: Outcome, environment: Mapping[str, str]) -> None:
    """Append to GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, where they are set. Raises FaultError where that fails."""
    values = {
        "verdict": outcome.verdict,
        "pull-request-url": outcome.pull_request,
        "run-path": outcome.run_path,
        "cost": "" if outcome.cost is None else f"{outcome.cost:.6f}",
    }
    lines = "".join(f"{name}={' '.join(value.split())}\n" for name, value in values.items())
    summary = f"# memcoder: {outcome.verdict}\n\n{outcome.summary or code(outcome.reason)}\n"[:SUMMARY_LIMIT]
    try:
        _append(environment.get("GITHUB_OUTPUT"), lines)
        _append(environment.get("GITHUB_STEP_SUMMARY"), summary)
    except OSError as error:
        raise FaultError(
            f"{error.filename} cannot be written: {error.strerror}", "is the runner's disk full?"
        ) from error


def stop_commands() -> None:
    """Have the runner take no line of the log for a command of its own: a log quotes text of others."""
    for stream in (sys.stdout, sys.stderr):
        print(f"::stop-commands::{secrets.token_hex(16)}", file=stream, flush=True)


def _append(name: str | None, text: str) -> None:
    if name and os.path.exists(name):
        with Path(name).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
