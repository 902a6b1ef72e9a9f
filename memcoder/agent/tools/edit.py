"""edit: replace a text of a file, write a file whole, or apply a unified diff; forgiving about form, never guessing."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from memcoder.agent.edits import BLOCK, EditError, check_python, find_spans, replace_span
from memcoder.agent.lines import split_lines
from memcoder.agent.tools.base import Arguments, Observation, Tool
from memcoder.agent.tools.hunks import by_hunks
from memcoder.agent.tools.nearest import nearest
from memcoder.agent.tools.text import numbered, shown
from memcoder.agent.trial import Trial
from memcoder.errors import UsageError
from memcoder.sandbox.base import Sandbox, diff_paths, safe_path

DIFF = re.compile(r"\A(diff --git |--- |@@ )")
AROUND = 4
"""Lines shown before and after what was changed."""
SHOWN = 60
"""Lines of a changed place that are shown."""
INSTEAD = "change the code itself"
FORMS = "give old and new, or content, or diff"


class EditArguments(Arguments):
    """A change of one file, or a diff of several."""

    path: str = Field(default="", description="The file, from the repository's root; not needed with diff.")
    old: str = Field(default="", description="Whole lines of the file that are to be replaced, enough to be unique.")
    new: str = Field(default="", description="What stands there afterwards; empty to delete the lines.")
    content: str | None = Field(default=None, description="The whole file, to make it or to write it anew.")
    diff: str = Field(default="", description="A unified diff, in place of the others.")


class Edit(Tool[EditArguments]):
    """Changes files of the sandbox."""

    name = "edit"
    help = (
        "Change a file: old and new replace lines that stand there once (copy them exactly, without line numbers), "
        "content writes the whole file, diff applies a unified diff."
    )
    example = (
        "```edit path=src/app.py\n<<<<<<< SEARCH\n    return a + b\n=======\n    return a * b\n>>>>>>> REPLACE\n```\n"
        "(or the whole content of the file in the block, or a unified diff)"
    )
    changes = True
    arguments = EditArguments

    def __init__(self, sandbox: Sandbox, trial: Trial, limit: int) -> None:
        """`trial` knows which files decide; `limit` is the characters of a changed place that are shown."""
        self._sandbox, self._trial, self._limit = sandbox, trial, limit

    def run(self, arguments: EditArguments) -> Observation:
        """The changed place as it stands now, or why nothing was changed."""
        given = [bool(arguments.old), arguments.content is not None, bool(arguments.diff)]
        if sum(given) != 1:
            raise UsageError("what is to be done is not clear" if sum(given) else "there is nothing to be done", FORMS)
        if arguments.diff:
            return self._apply(arguments.diff)
        path = safe_path(arguments.path)
        self._trial.allow([path], INSTEAD)
        if arguments.content is not None:
            return self._write(path, arguments.content)
        return self._replace(path, arguments.old, arguments.new)

    def read(self, options: Mapping[str, str], body: str) -> dict[str, Any]:
        """A block of the text protocol: SEARCH/REPLACE, a unified diff, or the whole file."""
        found = list(BLOCK.finditer(f"{body}\n"))
        if len(found) > 1:
            raise UsageError("one SEARCH/REPLACE at a time", "write another block once you saw what came of this one")
        if found:
            return {**options, "old": found[0]["search"], "new": found[0]["replace"]}
        if DIFF.match(body) or not options.get("path"):
            return {"diff": f"{body}\n"}
        return {**options, "content": f"{body}\n"}

    def _replace(self, path: str, old: str, new: str) -> Observation:
        source = self._source(path)
        if not old.strip():
            raise UsageError("the old text has blanks alone", "copy the lines that are to be replaced")
        spans = find_spans(source, old)
        if not spans:
            near = nearest(source, old)
            raise UsageError(f"the old text is not in {path}", near or "view the file, and copy the lines exactly")
        if len(spans) > 1:
            where = ", ".join(str(start + 1) for start, _, _ in spans[:10])
            raise UsageError(f"the old text stands in {path} {len(spans)} times, at lines {where}", "copy more lines")
        changed = replace_span(source, spans[0], new)
        if changed == source:
            raise UsageError("the edit changes nothing", "old and new are the same")
        self._checked(path, source, changed)
        self._sandbox.write(path, changed.encode())
        return self._seen(path, changed, spans[0][0] + 1, len(split_lines(new)))

    def _write(self, path: str, content: str) -> Observation:
        try:
            source = self._source(path)
        except UsageError:
            source = ""
        self._checked(path, source, content)
        self._sandbox.write(path, content.encode())
        return Observation(f"{path} was written: {len(split_lines(content))} lines.")

    def _apply(self, diff: str) -> Observation:
        paths = diff_paths(diff)
        if not paths:
            raise UsageError("the diff names no file", "begin it with --- a/PATH and +++ b/PATH")
        self._trial.allow(paths, INSTEAD)
        if not self._sandbox.apply(diff):
            changed = by_hunks(diff, lambda path: self._source(safe_path(path)))
            for path, text in changed.items():
                self._checked(path, self._source(path), text)
            for path, text in changed.items():
                self._sandbox.write(path, text.encode())
        return Observation(f"The diff was applied to {', '.join(paths)}.")

    def _source(self, path: str) -> str:
        try:
            return self._sandbox.read(path).decode()
        except FileNotFoundError as error:
            raise UsageError(f"there is no {path}", "give content to make it") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is no UTF-8 text", "change it by a command") from error

    def _checked(self, path: str, before: str, after: str) -> None:
        """Refuse to break the syntax of Python that was whole."""
        if not path.endswith(".py"):
            return
        try:
            check_python(path, before)
        except EditError:
            return
        try:
            check_python(path, after)
        except EditError as error:
            raise UsageError(str(error), "nothing was changed") from error

    def _seen(self, path: str, changed: str, first: int, count: int) -> Observation:
        lines = split_lines(changed)
        start, end = max(1, first - AROUND), min(len(lines), first + min(count, SHOWN) - 1 + AROUND)
        label = f"{path}, lines {start} to {end}"
        return Observation(f"Done.\n{shown(numbered(lines[start - 1 : end], start), label, self._limit)}")
