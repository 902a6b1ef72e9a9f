"""Where an issue's text comes from: a flag, standard input, a file, or GitHub's public API. It is untrusted."""

import os
import re
import sys
from pathlib import Path

from memcoder.errors import FaultError, MissingError, UsageError

LIMIT = 100_000
"""Characters; a longer text is no issue."""
GITHUB_ISSUE = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+)/(?:issues|pull)/(\d+)(?:[#?].*)?")
SECONDS = 30.0


def read_issue(issue: str | None, issue_file: Path | None) -> str:
    """The issue's text. Raises UsageError where there is none, or where it is empty, too long or not text."""
    if (issue is None) == (issue_file is None):
        raise UsageError(
            "give the issue, once", "--issue TEXT, --issue - (standard input), --issue URL or --issue-file FILE"
        )
    if issue_file is not None:
        text = _read_file(issue_file)
    elif issue == "-":
        text = _decode(sys.stdin.buffer.read(4 * LIMIT), "standard input")
    elif issue and (match := GITHUB_ISSUE.fullmatch(issue.strip())):
        text = _read_github(*match.groups())
    elif issue and re.fullmatch(r"https?://\S+", issue.strip()):
        raise UsageError(f"{issue} is not the URL of a GitHub issue", "paste the issue's text, or use --issue-file")
    else:
        text = issue or ""
    if not text.strip():
        raise UsageError("the issue is empty", "say what is wrong and what you expected")
    if len(text) > LIMIT:
        raise UsageError(f"the issue has {len(text)} characters, more than {LIMIT}", "cut it down to what matters")
    return text.replace("\r\n", "\n")  # as web forms, GitHub's among them, send them


def _read_file(path: Path) -> str:
    try:
        return _decode(path.read_bytes()[: 4 * LIMIT + 4], str(path))
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "check --issue-file") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check --issue-file") from error


def _decode(data: bytes, where: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8 text", "give the issue as plain text") from error
    if "\x00" in text:
        raise UsageError(f"{where} is not text", "give the issue as plain text")
    return text


def _read_github(owner: str, name: str, number: str) -> str:
    """Title and body by the public API; GITHUB_TOKEN, where set, goes to GITHUB_API_URL and nowhere else."""
    import httpx

    headers = {"Accept": "application/vnd.github+json"}
    if token := os.environ.get("GITHUB_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    base = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    try:
        response = httpx.get(f"{base}/repos/{owner}/{name}/issues/{number}", headers=headers, timeout=SECONDS)
    except httpx.HTTPError as error:
        raise FaultError(
            f"GitHub cannot be reached: {type(error).__name__}", "paste the issue's text instead"
        ) from error
    if response.status_code in (401, 403, 404, 410, 429):
        raise MissingError(
            f"GitHub answers {response.status_code} for {owner}/{name}#{number}",
            "for a private repository, or past the rate limit, set GITHUB_TOKEN",
        )
    if response.status_code != 200:
        raise FaultError(f"GitHub answers {response.status_code}", "try again later, or paste the issue's text")
    issue = response.json()
    return f"{issue.get('title') or ''}\n\n{issue.get('body') or ''}".strip()
