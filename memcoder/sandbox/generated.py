"""What installing wrote into the work tree and git ignores: kept by the environment, put back for each attempt.

Version files of setuptools-scm, extensions compiled in place, metadata of editable installs: a project's own code
imports them, and neither the commit nor the environment's packages hold them.
"""

import json
from pathlib import Path
from typing import Any

from memcoder.sandbox.layers import GENERATED, INSTALLED, SEED
from memcoder.sandbox.recipes import ROOT

SCRIPT = Path(__file__).with_name("generated_files.py")
PYTHON = "/opt/venv/bin/python"


def save_generated(container: Any, variables: dict[str, str]) -> tuple[int, list[str]]:
    """Keep them in an environment that was just built; their bytes, and notes for the reader."""
    done = _script(container, variables, "save", ROOT, INSTALLED)
    if done is None:
        return 0, ["files that installing made in the work tree could not be kept for attempts"]
    left_out = [f"{done['left_out']} large files that installing made in the work tree are not kept for attempts"]
    return int(done["bytes"]), left_out if done["left_out"] else []


def narrow_generated(container: Any) -> int:
    """Keep those that git ignores at the commit of SEED; their bytes. What cannot be told is left out."""
    done = _script(container, {}, "narrow", SEED, INSTALLED, GENERATED)
    return int(done["bytes"]) if done else 0


def _script(container: Any, variables: dict[str, str], *arguments: str) -> dict[str, Any] | None:
    """What the script printed in a build's container; None where it failed."""
    command = [PYTHON, "-I", "-c", SCRIPT.read_text(), *arguments]
    result = container.exec_run(command, environment=variables, user="0", demux=True)
    if result.exit_code:
        return None
    try:
        found = json.loads(result.output[0])
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None
