"""Git's plumbing as child processes: argument lists only, a scrubbed environment, nothing of the repository executed."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from memcoder.errors import FaultError, MissingError

SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.pager=cat",
    "-c", "core.quotePath=false",
    "-c", "diff.external=",
    "-c", "protocol.ext.allow=never",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "safe.directory=*",
)  # fmt: skip
"""A repository's own configuration can name programs to run; these take that away for what memcoder calls."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a git child: no GIT_DIR and the like, no keys, no prompts, one language."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    fixed = {"LC_ALL": "C.UTF-8", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    return {**kept, **fixed, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_NO_REPLACE_OBJECTS": "1", **(extra or {})}


def run_git(
    folder: Path, *arguments: str, stdin: bytes | None = None, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end; the caller looks at the exit code. Raises MissingError where there is no git."""
    try:
        return subprocess.run(
            ["git", *SAFE, *arguments], cwd=folder, env=environment(extra), input=stdin, capture_output=True
        )
    except FileNotFoundError as error:
        raise MissingError("git is not installed", "install git 2.30 or newer") from error


def git_output(
    folder: Path, *arguments: str, stdin: bytes | None = None, extra: Mapping[str, str] | None = None
) -> bytes:
    """What git prints. Raises FaultError with git's own words where it fails."""
    result = run_git(folder, *arguments, stdin=stdin, extra=extra)
    if result.returncode:
        raise FaultError(f"git {arguments[0]} failed: {result.stderr.decode(errors='replace').strip()[:500]}")
    return result.stdout


@contextmanager
def git_stream(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A git child whose standard output is read as it comes; ended when the block is left."""
    process = subprocess.Popen(
        ["git", *SAFE, *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        process.terminate()
        process.wait()
