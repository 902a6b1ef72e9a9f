"""What the arm `oracle` is told of a reference patch: the files and symbols that it changes, as of the base commit."""

import re
from collections.abc import Iterator

from memcoder import Evidence, Place, Repository, symbols
from memcoder_eval.localize.gold import Gold, gold

FILE = re.compile(r"^--- (?:a/)?(.+?)\t?$")
HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? ")
TOLD = (Evidence(ranker="oracle", score=1.0, detail="the reference changes it"),)


def told_places(repo: Repository, base: str, patch: str) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """Files and symbols. What the patch adds is not at the base commit, and is not told.

    A file none of whose functions is changed has the classes and functions around its hunks. Raises FaultError where
    the patch does not apply.
    """
    found = gold(repo, base, patch)
    files = [path for path in found.files if path not in found.added]
    lines = changed_lines(patch)
    named = [place for path in files for place in _symbols(repo, base, path, found, lines.get(path, []))]
    return tuple(Place(path=path, score=1.0, evidence=TOLD) for path in files), tuple(named)


def changed_lines(patch: str) -> dict[str, list[int]]:
    """Path → lines of the old file (from 1) that a unified diff deletes, or after which it adds."""
    found: dict[str, list[int]] = {}
    path, line, left = "", 0, 0
    for text in patch.split("\n"):
        if left <= 0 and (file := FILE.match(text)):
            path = file[1]
        elif hunk := HUNK.match(text):
            line, left = int(hunk[1]), int(hunk[2] or 1)
        elif text[:1] in ("-", "+") and not text.startswith("+++ "):
            found.setdefault(path, []).append(max(line - (text[0] == "+"), 1))
        if left > 0 and text[:1] in ("-", " "):
            line, left = line + 1, left - 1
    return found


def _symbols(repo: Repository, base: str, path: str, found: Gold, lines: list[int]) -> Iterator[Place]:
    every = symbols(path, repo.read(base, path) or b"")
    names = {name for where, name in found.functions if where == path}
    chosen = [one for one in every if one.qualified in names]
    if not chosen:
        around = [[one for one in every if one.start <= line <= one.end] for line in lines]
        chosen = list(dict.fromkeys(min(held, key=lambda one: one.end - one.start) for held in around if held))
    for one in chosen:
        yield Place(path=path, symbol=one.qualified, start=one.start, end=one.end, score=1.0, evidence=TOLD)
