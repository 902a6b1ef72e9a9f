"""Predictions in the benchmark's format: a JSON object a line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from memcoder import UsageError


def prediction(instance: str, patch: str, model: str) -> dict[str, str]:
    """One prediction."""
    return {"instance_id": instance, "model_name_or_path": model, "model_patch": patch}


def write(path: Path, patches: Mapping[str, str], model: str) -> None:
    """Write patches by instance, in the order of their ids."""
    rows = [prediction(name, patches[name], model) for name in sorted(patches)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def read(path: Path) -> dict[str, str]:
    """Patches by instance; one without a patch is empty. Raises UsageError where a line is no prediction."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row: dict[str, Any] = json.loads(line)
            found[str(row["instance_id"])] = row["model_patch"] or ""
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}, line {number}: no prediction ({error})", "see docs/swebench.md") from error
    return found
