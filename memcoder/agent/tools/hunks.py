"""A unified diff that git does not take as it is: models miscount lines. What its hunks say is looked for instead.

A hunk's place is where its old lines stand, whatever its header says of numbers, and it must be the only one.
"""

import re
from collections.abc import Callable

from memcoder.agent.edits import find_spans, replace_span
from memcoder.agent.tools.nearest import nearest
from memcoder.errors import UsageError

FILE = re.compile(r"^--- (?P<old>[^\t\n]+).*\n\+\+\+ (?P<new>[^\t\n]+).*\n", re.M)
HUNK = re.compile(r"^@@.*\n", re.M)


def by_hunks(diff: str, source: Callable[[str], str]) -> dict[str, str]:
    """Path → new source of each file of the diff, all hunks applied; `source` gives what a file holds now.

    Raises UsageError where a hunk has no place or several, and for files that are made or deleted.
    """
    changed: dict[str, str] = {}
    heads = list(FILE.finditer(diff))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        path = head["new"].strip().removeprefix("b/")
        if "/dev/null" in (head["old"].strip(), path):
            raise UsageError("the diff makes or deletes a file, and does not apply", "give content, or use a command")
        body = diff[head.end() : following.start() if following else len(diff)]
        text = changed.get(path) or source(path)
        for hunk in HUNK.split(body)[1:]:
            text = _applied(path, text, hunk)
        changed[path] = text
    if not changed:
        raise UsageError("the diff has no file that it changes", "begin it with --- a/PATH and +++ b/PATH")
    return changed


def _applied(path: str, text: str, hunk: str) -> str:
    lines = [line or " " for line in hunk.split("diff --git ")[0].rstrip("\n").split("\n")]
    lines = [line for line in lines if not line.startswith("\\")]
    old = "\n".join(line[1:] for line in lines if line[0] in " -")
    new = "\n".join(line[1:] for line in lines if line[0] in " +")
    if not old.strip():
        raise UsageError("a hunk has no lines that tell its place", "give it lines of context")
    spans = find_spans(text, old)
    if len(spans) != 1:
        where = "nowhere" if not spans else f"{len(spans)} times"
        hint = (nearest(text, old) if not spans else "") or "view the lines, or use old and new"
        raise UsageError(f"the old lines of a hunk stand {where} in {path}, and nothing was changed", hint)
    return replace_span(text, spans[0], new)
