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
TRIES = 5


def save_generated(container: Any, variables: dict[str, str]) -> tuple[int, list[str]]:
    """Keep them in an environment that was just built; how many, and notes for the reader."""
    done, why = _script(container, variables, "save", ROOT, INSTALLED)
    if why:
        return 0, [f"files that installing made in the work tree are not kept for attempts: {why}"]
    left_out = [f"{done['left_out']} large files that installing made in the work tree are not kept for attempts"]
    return done["files"], left_out if done["left_out"] else []


def narrow_generated(container: Any) -> tuple[int, str]:
    """Keep those that git ignores at the commit of SEED; their bytes, and why none where that could not be told."""
    done, why = _script(container, {}, "narrow", SEED, INSTALLED, GENERATED)
    return done.get("bytes", 0), why


def _script(container: Any, variables: dict[str, str], *arguments: str) -> tuple[dict[str, int], str]:
    """What the script printed in a build's container; or why it failed.

    A busy engine now and then gives nothing of what a command printed; the script is run again then.
    """
    command = [PYTHON, "-I", "-c", SCRIPT.read_text(), *arguments]
    for _ in range(TRIES):
        result = container.exec_run(command, environment=variables, user="0", demux=True)
        printed, errors = result.output
        if result.exit_code:
            return {}, (errors or b"?").decode(errors="replace").strip().splitlines()[-1][:200]
        if printed:
            found: dict[str, int] = json.loads(printed)
            return found, ""
    return {}, "the engine did not give what was printed"
