"""Git children of the Action: in folders of its own making, with nobody's configuration, and, but for one, no token."""

import os
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from memcoder import FaultError, MissingError

KEPT = ("PATH", "TMPDIR", "SYSTEMROOT")
NETWORK = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE")
OPTIONS = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "credential.helper="),
    *("-c", "http.followRedirects=false"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "gc.auto=0"),
    *("-c", "safe.directory=*"),  # opening the checkout has asked the user's own settings; all else is ours
)
ASKPASS = """\
#!/bin/sh
case "$1" in Username*) echo x-access-token ;; *) printf '%s\\n' "$MEMCODER_PUSH_TOKEN" ;; esac
"""
"""Answers git's questions from its own environment, which is the pushing child's; the token is not in the file."""
SECONDS = 300.0


def git(
    folder: Path,
    *arguments: str,
    data: bytes | None = None,
    index: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> bytes:
    """Standard output of a git command that must succeed. Raises FaultError with git's own words where it does not."""
    done = run(folder, *arguments, data=data, index=index, more=more)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise FaultError(f"git {arguments[0]} failed: {said[-500:]}", "run it again")
    return done.stdout


def run(
    folder: Path,
    *arguments: str,
    data: bytes | None = None,
    index: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """Run git to its end; the caller looks at the return code."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",
        **({"GIT_INDEX_FILE": str(index)} if index else {}),
        **(more or {}),
    }
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *OPTIONS, *arguments],
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise MissingError("git is not installed", "install it, e.g. `apt-get install git`") from error
    except subprocess.TimeoutExpired as error:
        raise FaultError(f"git {arguments[0]} took longer than {SECONDS:.0f} seconds", "run it again") from error


def push(folder: Path, url: str, token: str, commit: str, branch: str, expected: str) -> None:
    """Push a commit to a branch that is as `expected`, or is not there where that is empty.

    This child and the helpers it starts are the only ones that have the token. Raises FaultError where the branch
    has moved, is protected, or does not take the push.
    """
    network = {name: os.environ[name] for name in NETWORK if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="memcoder-") as place:
        helper = Path(place) / "askpass"
        helper.write_text(ASKPASS)
        helper.chmod(stat.S_IRWXU)
        done = run(
            folder,
            "push",
            "--porcelain",
            "--no-verify",
            f"--force-with-lease=refs/heads/{branch}:{expected}",
            url,
            f"{commit}:refs/heads/{branch}",
            more={
                **network,
                "GIT_ALLOW_PROTOCOL": urlsplit(url).scheme,
                "GIT_ASKPASS": str(helper),
                "MEMCODER_PUSH_TOKEN": token,
            },
        )
    if done.returncode:
        raise _refused(branch, (done.stdout + done.stderr).decode(errors="replace"))


def _refused(branch: str, said: str) -> FaultError:
    words = " ".join(said.split())[-400:]
    if "stale info" in said or "fetch first" in said or "non-fast-forward" in said:
        return FaultError(f"the branch {branch} moved meanwhile; nothing was pushed", "run it again")
    if "protected branch" in said or "GH006" in said or "GH013" in said:
        return FaultError(f"the branch {branch} is protected: {words}", "set another `branch-prefix`")
    if "workflow" in said and "permission" in said:
        return FaultError(f"the token may not push workflow files: {words}", "commit that part yourself")
    if "403" in said or "Authentication failed" in said or "could not read" in said:
        return FaultError(f"the token may not push to {branch}: {words}", "give the job `contents: write`")
    return FaultError(f"git push failed: {words}", "run it again")
