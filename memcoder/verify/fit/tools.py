"""The project's own formatters and linters, run in a sandbox; what they say of changed lines counts and nothing else.

A tool's complaint about a line that the patch did not write is the project's business. A tool that is set up and is not
in the sandbox, or ends without saying anything that can be read, is named as not verified.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from memcoder.memory.conventions.tools import Tool
from memcoder.records import Finding
from memcoder.sandbox.base import Sandbox
from memcoder.verify.fit.patched import Patched, PatchedFile
from memcoder.verify.fit.weights import listed, several

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", re.MULTILINE)
COMPLAINT = re.compile(r"^(?:\./)?(?P<path>[^\n:]+):(?P<line>\d+):(?:\d+:?)? *(?P<what>[^\n]+)$", re.MULTILINE)
SECONDS = 60.0
"""A tool's run."""
FILES_LIMIT = 50
MISSING = (126, 127)


@dataclass(frozen=True)
class Check:
    """A tool's command, to which paths are added, and how its output is read."""

    tool: str
    command: str
    kind: Literal["format", "lint"]
    """format: prints a diff of what it would change, a file at a time; lint: prints `path:line: complaint` lines."""
    endings: tuple[str, ...]
    good: tuple[int, ...] = (0, 1)
    """Exit codes with which it says what it found."""
    hook: str = ""
    """Name of the pre-commit hook that asks for it, where the tool being set up does not yet."""


PYTHON, SCRIPT = (".py", ".pyi"), (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs")
CHECKS = (
    Check("black", "black --quiet --diff", "format", PYTHON),
    Check("ruff", "ruff format --no-cache --diff --force-exclude", "format", PYTHON, hook="ruff-format"),
    Check("ruff", "ruff check --no-cache --quiet --force-exclude --output-format=concise", "lint", PYTHON),
    Check("isort", "isort --quiet --diff", "format", PYTHON),
    Check("yapf", "yapf --diff", "format", PYTHON),
    Check("autopep8", "autopep8 --diff", "format", PYTHON),
    Check("flake8", "flake8", "lint", PYTHON),
    Check("pycodestyle", "pycodestyle", "lint", PYTHON),
    Check("codespell", "codespell", "lint", (*PYTHON, *SCRIPT, ".md", ".rst", ".go", ".rs"), (0, 64, 65)),
    Check("gofmt", "gofmt -d", "format", (".go",)),
    Check("rustfmt", "rustfmt --check --emit=stdout", "format", (".rs",)),
    Check("eslint", "eslint --format=unix", "lint", SCRIPT),
)


def tool_findings(patched: Patched, tools: Iterable[Tool], sandbox: Sandbox | None) -> Iterator[Finding]:
    """A finding for each check of a tool that is set up and has something to say of the files of the patch.

    The sandbox holds the patched files. Without one every check is not verified.
    """
    setup = {tool.name: tool for tool in tools}
    hooks = setup["pre-commit"].settings if "pre-commit" in setup else ()
    for check in CHECKS:
        asked = check.tool in setup or check.tool in hooks
        files = [file for file in patched.files if file.added and file.path.endswith(check.endings)][:FILES_LIMIT]
        if asked and files and (not check.hook or check.hook in hooks):
            yield _finding(check, _complaints(check, files, sandbox) if sandbox else None)


def _finding(check: Check, complaints: list[str] | None) -> Finding:
    name = f"{check.tool} ({check.kind})"
    if complaints is None:
        return Finding(kind=check.kind, outcome="not verified", line=f"{name} is set up, and could not be run here")
    if not complaints:
        return Finding(kind=check.kind, outcome="kept", line=f"{name} has nothing to say of the changed lines")
    said = "would lay out otherwise" if check.kind == "format" else "says"
    return Finding(
        kind=check.kind,
        outcome="broken",
        line=f"{name} {said}: {listed(complaints)}",
        places=tuple(complaint.partition(" ")[0] for complaint in complaints),
        weight=several(len(complaints)),
    )


def _complaints(check: Check, files: list[PatchedFile], sandbox: Sandbox) -> list[str] | None:
    """What it says of added lines, as `path:line what`; None where it did not run."""
    read = _diffed if check.kind == "format" else _said
    groups = [[file] for file in files] if check.kind == "format" else [files]
    found: list[str] = []
    for group in groups:
        paths = " ".join(shlex.quote(f"./{file.path}") for file in group)
        result = sandbox.run(f"( cd {shlex.quote(sandbox.workdir)} && {check.command} {paths} )", SECONDS)
        if result.timed_out or result.exit_code in MISSING or result.exit_code not in check.good:
            return None
        found += read(result.output, group)
    return found


def _diffed(output: str, files: list[PatchedFile]) -> Iterator[str]:
    """Added lines that a diff from the file to the tool's own version takes away or splits."""
    (file,) = files
    for number in sorted(_replaced(output) & file.added):
        yield f"{file.path}:{number}"


def _replaced(diff: str) -> set[int]:
    """Lines of the first side of a diff that it takes away; where it only inserts, the lines beside."""
    found: set[int] = set()
    at, before = 0, ""
    for line in diff.splitlines():
        if match := HUNK.match(line):
            at = int(match[1])
        elif at and line.startswith("-"):
            found.add(at)
            at += 1
        elif at and line.startswith("+") and before == " ":
            found |= {at - 1, at}
        elif at and line.startswith(" "):
            at += 1
        before = line[:1]
    return found


def _said(output: str, files: list[PatchedFile]) -> Iterator[str]:
    added = {file.path: file.added for file in files}
    for match in COMPLAINT.finditer(output):
        if int(match["line"]) in added.get(match["path"], ()):
            yield f"{match['path']}:{match['line']} {match['what'].strip()[:100]}"
