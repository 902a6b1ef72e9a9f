"""Repositories that a benchmark makes for itself, by git with nobody's configuration."""

import os
import subprocess
from pathlib import Path

from memcoder import FaultError, Repository

DATE = "2020-01-01T00:00:00Z"
"""Of the one commit, so that its id is the same in every arm and sitting."""


def commit_all(folder: Path, message: str) -> str:
    """Make a folder a repository of one commit that holds its files, the same wherever it is made; its id."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "-m", message)
    return Repository.open(folder).head()


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, with nobody's configuration; what it printed. Raises FaultError where it fails."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_NAME": "eval" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "eval@localhost" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": DATE for who in ("AUTHOR", "COMMITTER")},
    }
    result = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if result.returncode:
        raise FaultError(
            f"git {arguments[0]} failed in {folder}: {result.stderr.strip()}",
            "`memcoder doctor` looks at git and the disk",
        )
    return result.stdout
