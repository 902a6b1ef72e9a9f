"""Ways to spoil a patch of Python files without changing what it does: what fit should tell from the patch as merged.

Each way gives None where it has nothing to do there, so that a
patch which calls no helper is not counted among those whose helper calls were written out.
"""

import ast
import io
import random
import textwrap
import tokenize
from collections.abc import Callable
from itertools import pairwise

from memcoder import Repository, is_test_path
from memcoder_eval.patches import Patch, added_lines, parsed, sources
from memcoder_eval.written_out import helper_written_out

Function = ast.FunctionDef | ast.AsyncFunctionDef
REWRITTEN = 3
"""Functions that are rewritten beside the patch."""


def without_tests(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """Its tests dropped."""
    kept = {path: data for path, data in patch.items() if not is_test_path(path)}
    return kept if kept and len(kept) < len(patch) else None


def formatting_broken(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """The blanks between the tokens of its new lines of source taken out, where they may be."""
    spoiled: dict[str, bytes | None] = {}
    for path, text in sources(patch):
        squeezed = _squeezed(text, added_lines(repo, base, path, text))
        if squeezed != text:
            spoiled[path] = squeezed.encode()
    return {**patch, **spoiled} if spoiled else None


def lines_rewritten(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """Functions that it does not touch, in files that it does, written anew: a local renamed, or as Python unparses."""
    spoiled: dict[str, bytes | None] = {}
    for path, text in sources(patch):
        added = added_lines(repo, base, path, text)
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, Function)
                 and not added & set(range(node.lineno, (node.end_lineno or 0) + 1))]  # fmt: skip
        chosen = draw.sample(nodes, min(REWRITTEN, len(nodes)))
        for node in sorted(_apart(chosen), key=lambda node: -node.lineno):
            text = draw.choice((_renamed, _unparsed))(text, node)
        if text.encode() != patch[path]:
            spoiled[path] = text.encode()
    return {**patch, **spoiled} if spoiled else None


WAYS: dict[str, Callable[[Repository, str, Patch, random.Random], Patch | None]] = {
    "tests dropped": without_tests,
    "helper written out": helper_written_out,
    "formatting broken": formatting_broken,
    "other lines rewritten": lines_rewritten,
}


def _squeezed(text: str, added: set[int]) -> str:
    lines = text.split("\n")
    try:
        found = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError):
        return text
    for before, after in reversed(list(pairwise(found))):
        line, start = before.end
        gap = line == after.start[0] and line in added and start < after.start[1] and after.type != tokenize.COMMENT
        if gap and before.string and after.string and not (_is_word(before.string[-1]) and _is_word(after.string[0])):
            lines[line - 1] = lines[line - 1][:start] + lines[line - 1][after.start[1] :]
    return parsed("\n".join(lines)) or text


def _is_word(character: str) -> bool:
    return character.isalnum() or character in "_'\""


def _renamed(text: str, function: Function) -> str:
    """One local of the function renamed; as it was where it has none that can be."""
    taken = {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
    shared = {name for one in ast.walk(function) if isinstance(one, ast.Global | ast.Nonlocal) for name in one.names}
    nested = any(
        isinstance(one, Function | ast.Lambda | ast.ClassDef) for one in ast.walk(function) if one is not function
    )
    names = [one for one in ast.walk(function) if isinstance(one, ast.Name)]
    stored = sorted({one.id for one in names if isinstance(one.ctx, ast.Store)} - taken - shared)
    if nested or not stored:
        return text
    lines = [line.encode() for line in text.split("\n")]
    places = {(one.lineno, one.col_offset) for one in names if one.id == stored[0]}
    for line, column in sorted(places, reverse=True):
        end = column + len(stored[0].encode())
        lines[line - 1] = lines[line - 1][:end] + b"_value" + lines[line - 1][end:]
    return parsed(b"\n".join(lines).decode()) or text


def _unparsed(text: str, function: Function) -> str:
    """The function as Python's own unparser writes it: no comments, its own quotes and line breaks."""
    lines = text.split("\n")
    first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
    written = textwrap.indent(ast.unparse(function), " " * function.col_offset).split("\n")
    return parsed("\n".join(lines[: first - 1] + written + lines[function.end_lineno :])) or text


def _apart(functions: list[Function]) -> list[Function]:
    """Those that are in no other one of them."""
    return [one for one in functions if not any(
        other is not one and other.lineno <= one.lineno and (one.end_lineno or 0) <= (other.end_lineno or 0)
        for other in functions
    )]  # fmt: skip
