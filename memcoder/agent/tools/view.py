"""view: lines of a file with their numbers, the outline of a large one, or what a folder holds."""

import difflib
import posixpath
import shlex

from pydantic import Field

from memcoder.agent.lines import split_lines
from memcoder.agent.tools.base import Arguments, Observation, Tool
from memcoder.agent.tools.text import numbered, shown
from memcoder.history.repository import Repository
from memcoder.history.symbols import symbols
from memcoder.sandbox.base import Sandbox, safe_path

WINDOW = 250
"""Lines shown at once; a longer file is shown by its outline unless lines are asked for."""
OUTLINE = 200
"""Symbols of an outline."""
LIST_TIMEOUT = 10.0


class ViewArguments(Arguments):
    """A place."""

    path: str = Field(description="A file or a folder, from the repository's root.")
    first: int = Field(default=0, ge=0, description="First line to show, from 1; 0: the file's beginning.")
    last: int = Field(default=0, ge=0, description="Last line to show; 0: as many as are shown at once.")


class View(Tool[ViewArguments]):
    """Shows what stands in the sandbox now."""

    name = "view"
    help = (
        f"Show a file's lines with their numbers, at most {WINDOW} at once; a longer file is shown as an outline of "
        "its functions and classes unless you give first and last. A folder is listed."
    )
    example = "```view path=src/app.py first=10 last=60\n```"
    arguments = ViewArguments

    def __init__(self, sandbox: Sandbox, repo: Repository, commit: str, limit: int) -> None:
        """`commit` is the base commit, whose files are named where a path is wrong; `limit` in characters."""
        self._sandbox, self._repo, self._commit, self._limit = sandbox, repo, commit, limit

    def run(self, arguments: ViewArguments) -> Observation:
        """Lines, an outline or a listing, as data."""
        path = safe_path(arguments.path.removesuffix("/")) if arguments.path.strip("./") else "."
        try:
            data = b"" if path == "." else self._sandbox.read(path)
        except FileNotFoundError:
            return self._folder(path)
        if path == ".":
            return self._folder(path)
        if b"\0" in data[:8000]:
            return Observation(f"{path} is no text: {len(data)} bytes.", failed=True)
        source = data.decode(errors="replace")
        lines = split_lines(source)
        if not lines:
            return Observation("The file is empty.")
        if len(lines) > WINDOW and not (arguments.first or arguments.last):
            outline = self._outline(path, data, len(lines))
            if outline is not None:
                return outline
        return self._lines(path, lines, arguments.first, arguments.last)

    def _lines(self, path: str, lines: list[str], first: int, last: int) -> Observation:
        first = first or max(1, last - WINDOW + 1 if last else 1)
        if first > len(lines):
            return Observation(f"{path} has {len(lines)} lines, and you asked from line {first} on.", failed=True)
        end = min(last or len(lines), first + WINDOW - 1, len(lines))
        if end < first:
            return Observation(f"the last line, {last}, stands before the first, {first}.", failed=True)
        text = shown(numbered(lines[first - 1 : end], first), f"{path}, lines {first} to {end}", self._limit)
        return Observation(f"{text}\nThe file has {len(lines)} lines." if end - first + 1 < len(lines) else text)

    def _outline(self, path: str, data: bytes, length: int) -> Observation | None:
        found = symbols(path, data)
        if not found:
            return None
        lines = [f"{one.start:>5} to {one.end:>5} {one.kind} {one.qualified}" for one in found[:OUTLINE]]
        if len(found) > OUTLINE:
            lines.append(f"and {len(found) - OUTLINE} more")
        text = shown("\n".join(lines), f"outline of {path}", self._limit)
        return Observation(f"{path} has {length} lines. Give first and last to see some of them.\n{text}")

    def _folder(self, path: str) -> Observation:
        where = f"cd -- {shlex.quote(self._sandbox.workdir)} && command ls -1Ap -- {shlex.quote(path)}/"
        result = self._sandbox.run(f"( {where} ) 2>/dev/null", LIST_TIMEOUT)
        if result.exit_code:
            return Observation(self._missing(path), failed=True)
        return Observation(shown(result.output.replace(".git/\n", "", 1), f"folder {path}", self._limit))

    def _missing(self, path: str) -> str:
        """That there is nothing, and what there is of nearly that name."""
        files = self._repo.files(self._commit)
        name = posixpath.basename(path)
        near = [file for file in files if posixpath.basename(file) == name] or difflib.get_close_matches(path, files)
        said = f"there is no {path}"
        return f"{said}; did you mean one of these?\n{shown(chr(10).join(near[:5]), 'files', 2000)}" if near else said
