"""mini-swe-agent (Yang et al.), which memcoder is compared with: found, loaded quietly, and of the right version."""

import logging
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from memcoder import MissingError

VERSION = "2.4.6"
CONFIGURATION = "mini_textbased"
"""Its bundled configuration for models that do not call tools."""


def installed() -> bool:
    """Whether this Python has the version that the comparisons are made with."""
    return _version() == VERSION


def require() -> None:
    """Raises MissingError, which says what to install, where that version is not installed."""
    if not installed():
        found = f"{_version()} is" if _version() else "none is"
        raise MissingError(
            f"the arm `mini` needs mini-swe-agent {VERSION}, and {found} installed",
            f"pip install mini-swe-agent=={VERSION}",
        )


def configuration(home: Path) -> dict[str, Any]:
    """Its text-protocol configuration as bundled: `agent`, `environment`, `model`.

    The import reads and makes files of the user's and prints; `home` is what it gets in their place. Raises
    MissingError where it is not installed.
    """
    require()
    own = {"MSWEA_GLOBAL_CONFIG_DIR": str(home), "MSWEA_SILENT_STARTUP": "1"}
    for name, value in (own | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}).items():  # without it litellm asks the network
        os.environ.setdefault(name, value)
    from minisweagent.config import builtin_config_dir, get_config_from_spec

    logging.getLogger("minisweagent").handlers.clear()  # they write to standard output
    found: dict[str, Any] = get_config_from_spec(builtin_config_dir / f"{CONFIGURATION}.yaml")
    return found


def _version() -> str | None:
    try:
        return version("mini-swe-agent")
    except PackageNotFoundError:
        return None
