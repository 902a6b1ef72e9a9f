"""The project's own formatters and linters, run in a sandbox; what they say of changed lines counts and nothing else.

A tool's complaint about a line that the patch did not write is the project's business, and tells how far the project
follows the tool, or the tool's version in the sandbox: a formatter that would lay out much of the rest of a file
otherwise is not heard there, nor a linter's rule that the rest of the file breaks. A tool that is set up and is not in
the sandbox, or ends without saying anything that can be read, is named as not verified.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from memcoder.memory.conventions.paths import Layout
from memcoder.memory.conventions.tools import Tool
from memcoder.records import Finding
from memcoder.sandbox.base import Sandbox
from memcoder.verify.fit.patched import Patched, PatchedFile
from memcoder.verify.fit.weights import parted, several
from memcoder.wording import listed

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", re.MULTILINE)
COMPLAINT = re.compile(r"^(?:\./)?(?P<path>[^\n:]+):(?P<line>\d+):(?:\d+:?)? *(?P<what>[^\n]+)$", re.MULTILINE)
SECONDS = 60.0
"""A tool's run."""
FILES_LIMIT = 50
MISSING = (126, 127)
REST_SHARE, REST_LINES = 0.01, 3
"""Of a file's other lines that a formatter would lay out otherwise: more, and the file is not kept by it."""


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


def tool_findings(
    patched: Patched, tools: Iterable[Tool], sandbox: Sandbox | None, layout: Layout
) -> Iterator[Finding]:
    """Of each check of a tool that is set up for files of the patch: kept, not verified, or what it says of the product
    and of its tests.

    The sandbox holds the patched files. Without one every check is not verified.
    """
    setup = {tool.name: tool for tool in tools}
    hooks = setup["pre-commit"].settings if "pre-commit" in setup else ()
    for check in CHECKS:
        asked = check.tool in setup or check.tool in hooks
        files = [file for file in patched.files if file.added and file.path.endswith(check.endings)][:FILES_LIMIT]
        if asked and files and (not check.hook or check.hook in hooks):
            yield from _findings(check, _complaints(check, files, sandbox) if sandbox else None, layout)


def _findings(check: Check, complaints: list[str] | None, layout: Layout) -> Iterator[Finding]:
    name = f"{check.tool} ({check.kind})"
    if complaints is None:
        yield Finding(kind=check.kind, outcome="not verified", line=f"{name} is set up, and cannot be asked here")
    elif not complaints:
        yield Finding(kind=check.kind, outcome="kept", line=f"{name} has nothing to say of the changed lines")
    said = "would lay out otherwise" if check.kind == "format" else "says"
    for part, found in parted(complaints or [], lambda complaint: complaint.partition(":")[0], layout):
        yield Finding(
            kind=check.kind,
            outcome="broken",
            line=f"{name} {said}: {listed(found)}",
            places=tuple(complaint.partition(" ")[0] for complaint in found),
            weight=several(len(found)),
            about=part,
        )


def _complaints(check: Check, files: list[PatchedFile], sandbox: Sandbox) -> list[str] | None:
    """What it says of added lines, as `path:line what`; None where it did not run, or no file is kept by it."""
    read = _diffed if check.kind == "format" else _said
    groups = [[file] for file in files] if check.kind == "format" else [files]
    found: list[str] = []
    heard = False
    for group in groups:
        paths = " ".join(shlex.quote(f"./{file.path}") for file in group)
        result = sandbox.run(f"( cd {shlex.quote(sandbox.workdir)} && {check.command} {paths} )", SECONDS)
        if result.timed_out or result.exit_code in MISSING or result.exit_code not in check.good:
            return None
        if (said := read(result.output, group)) is not None:
            heard = True
            found += said
    return found if heard else None


def _diffed(output: str, files: list[PatchedFile]) -> list[str] | None:
    """Added lines that a diff from the file to the tool's own version takes away or splits; None where the rest of the
    file is not as the tool would have it."""
    (file,) = files
    replaced = _replaced(output)
    rest = len((file.new or "").splitlines()) - len(file.added)
    beside = {number + step for number in file.added for step in (-1, 0, 1)}
    if len(replaced - beside) > max(REST_LINES, REST_SHARE * rest):
        return None
    return [f"{file.path}:{number}" for number in sorted(replaced & file.added)]


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


def _said(output: str, files: list[PatchedFile]) -> list[str]:
    """Complaints of added lines, by rules that the rest of the file keeps."""
    added = {file.path: file.added for file in files}
    said = [(match["path"], int(match["line"]), match["what"].strip()) for match in COMPLAINT.finditer(output)]
    usual = {(path, _rule(what)) for path, line, what in said if line not in added.get(path, ())}
    return [f"{path}:{line} {what[:100]}" for path, line, what in said
            if line in added.get(path, ()) and (path, _rule(what)) not in usual]  # fmt: skip


def _rule(what: str) -> str:
    """A complaint's rule, e.g. `E501`; of a tool that names none its first word."""
    return what.partition(" ")[0]
