"""What a run leaves in a folder of the user's: patch, record and page."""

import json
import os
from pathlib import Path

from memcoder.errors import FaultError, UsageError, disk_fault
from memcoder.records import Patch, Run


def check_folder(folder: Path) -> None:
    """Make the folder, before anything is spent on what it is to hold. Raises UsageError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}", "give another --out") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written", "give another --out")


def export(run: Run, folder: Path) -> None:
    """Write patch, record and page of a run to a folder, each whole or not at all. Raises FaultError."""
    from memcoder.runs.page import render_page

    patch = run.patch or Patch(diff="")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "patch.diff", patch.diff)
        # not model_dump_json, which refuses the stray bytes that a diff of a file in another encoding carries
        _write(folder / "run.json", json.dumps(run.model_dump(mode="json"), indent=2) + "\n")
        _write(folder / "page.html", render_page(run))
    except OSError as error:
        raise disk_fault(error) or FaultError(
            f"{error.filename or folder} cannot be written: {error.strerror}", "repeat with another --out"
        ) from error


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", errors="surrogateescape")
    temporary.replace(path)
