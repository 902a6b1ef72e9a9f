"""Patches as benchmarks look at them: path → whole new content (None: deleted)."""

import ast
import difflib
from collections.abc import Iterator, Mapping

from memcoder import Repository, is_test_path

Patch = Mapping[str, bytes | None]


def added_lines(repo: Repository, base: str, path: str, text: str) -> set[int]:
    """Lines of a new text (from 1) that the base commit does not have there."""
    old = (repo.read(base, path) or b"").decode("utf-8", "replace").splitlines()
    codes = difflib.SequenceMatcher(None, old, text.splitlines(), autojunk=False).get_opcodes()
    return {line + 1 for tag, _, _, first, end in codes if tag != "equal" for line in range(first, end)}


def sources(patch: Patch) -> Iterator[tuple[str, str]]:
    """Python files that are no tests, that are text, and that this Python can parse."""
    for path, data in sorted(patch.items()):
        if data is None or not path.endswith(".py") or is_test_path(path):
            continue
        try:
            text = data.decode()
            ast.parse(text)
        except (UnicodeDecodeError, SyntaxError, ValueError):
            continue
        if "\r" not in text and "\f" not in text:
            yield path, text


def parsed(text: str) -> str | None:
    """The text, where it is Python still."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    return text
