"""What a run leaves in a folder of the user's: patch, record and page."""

import json
from pathlib import Path

from memcoder.records import Patch, Run
from memcoder.runs.page import render_page


def export(run: Run, folder: Path) -> None:
    """Write patch, record and page of a run to a folder, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    patch = run.patch or Patch(diff="")
    _write(folder / "patch.diff", patch.diff)
    # not model_dump_json, which refuses the stray bytes that a diff of a file in another encoding carries
    _write(folder / "run.json", json.dumps(run.model_dump(mode="json"), indent=2) + "\n")
    _write(folder / "page.html", render_page(run))


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", errors="surrogateescape")
    temporary.replace(path)
