"""Ways to spoil a patch of Python files without changing what it does: what fit should tell from the patch as merged.

A patch is path → whole new content (None: deleted). Each way gives None where it has nothing to do there, so that a
patch which calls no helper is not counted among those whose helper calls were written out.
"""

import ast
import difflib
import io
import random
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from memcoder import Repository, is_test_path

Patch = Mapping[str, bytes | None]
Function = ast.FunctionDef | ast.AsyncFunctionDef
LEAST_HELPER = 3
"""Statements' lines of a helper that is worth writing out."""
REWRITTEN = 3
"""Functions that are rewritten beside the patch."""


def without_tests(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """Its tests dropped."""
    kept = {path: data for path, data in patch.items() if not is_test_path(path)}
    return kept if kept and len(kept) < len(patch) else None


def helper_copied(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """A helper of the project that its new lines call is written out there, or, where that cannot be, copied."""
    for path, text in _sources(patch):
        homes = _helpers(repo, base, path, text)
        added = added_lines(repo, base, path, text)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.lineno in added:
                helper = homes.get(node.func.id)
                if helper:
                    return {**patch, path: (_inlined(text, node, helper) or _copied(text, node, helper)).encode()}
    return None


def formatting_broken(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """The blanks between the tokens of its new lines of source taken out, where they may be."""
    spoiled: dict[str, bytes | None] = {}
    for path, text in _sources(patch):
        squeezed = _squeezed(text, added_lines(repo, base, path, text))
        if squeezed != text:
            spoiled[path] = squeezed.encode()
    return {**patch, **spoiled} if spoiled else None


def lines_rewritten(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """Functions that it does not touch, in files that it does, written anew: a local renamed, or as Python unparses."""
    spoiled: dict[str, bytes | None] = {}
    for path, text in _sources(patch):
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
    "helper written out": helper_copied,
    "formatting broken": formatting_broken,
    "other lines rewritten": lines_rewritten,
}


def added_lines(repo: Repository, base: str, path: str, text: str) -> set[int]:
    """Lines of a new text (from 1) that the base commit does not have there."""
    old = (repo.read(base, path) or b"").decode("utf-8", "replace").splitlines()
    codes = difflib.SequenceMatcher(None, old, text.splitlines(), autojunk=False).get_opcodes()
    return {line + 1 for tag, _, _, first, end in codes if tag != "equal" for line in range(first, end)}


def _sources(patch: Patch) -> Iterator[tuple[str, str]]:
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


def _helpers(repo: Repository, base: str, path: str, text: str) -> dict[str, tuple[ast.FunctionDef, str]]:
    """Functions that a file can call by bare name: its own at the base, and what it imports from the project."""
    found = _functions((repo.read(base, path) or b"").decode("utf-8", "replace"))
    files = repo.files(base)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            end = node.module.replace(".", "/") + ".py"
            home = next((file for file in files if file == end or file.endswith(f"/{end}")), None)
            known = _functions((repo.read(base, home) or b"").decode("utf-8", "replace")) if home else {}
            found |= {alias.name: known[alias.name] for alias in node.names if alias.name in known}
    return found


def _functions(text: str) -> dict[str, tuple[ast.FunctionDef, str]]:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return {}
    lines = text.splitlines()
    return {
        node.name: (node, "\n".join(lines[node.lineno - 1 : node.end_lineno]))
        for node in body
        if isinstance(node, ast.FunctionDef) and not node.decorator_list
        and (node.end_lineno or 0) - _statements(node)[0].lineno + 1 >= LEAST_HELPER
    }  # fmt: skip


def _statements(node: ast.FunctionDef) -> list[ast.stmt]:
    """A function's statements without its docstring (all of them where it has nothing else)."""
    return node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body


def _inlined(text: str, call: ast.Call, helper: tuple[ast.FunctionDef, str]) -> str | None:
    """The helper's statements in place of a statement that is nothing but the call, its result assigned or returned."""
    node, source = helper
    names = [argument.arg for argument in node.args.args]
    returns = [one for one in ast.walk(node) if isinstance(one, ast.Return)]
    plain = not (node.args.vararg or node.args.kwarg or node.args.kwonlyargs or call.keywords)
    last = node.body[-1]
    if not plain or len(names) != len(call.args) or returns != [last] or not isinstance(last, ast.Return):
        return None
    statement = next((one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Assign | ast.Return)
                      and one.value is not None and ast.dump(one.value, include_attributes=True)
                      == ast.dump(call, include_attributes=True)), None)  # fmt: skip
    if statement is None or last.value is None:
        return None
    lines, first = source.splitlines(), _statements(node)[0].lineno - node.lineno
    body = textwrap.dedent("\n".join(lines[first : last.lineno - node.lineno]))
    given = "".join(f"{name} = {ast.unparse(value)}\n" for name, value in zip(names, call.args, strict=True)
                    if ast.unparse(value) != name)  # fmt: skip
    kept = "return" if isinstance(statement, ast.Return) else " = ".join(map(ast.unparse, statement.targets)) + " ="
    written = textwrap.indent(f"{given}{body.rstrip()}\n{kept} {ast.unparse(last.value)}", " " * statement.col_offset)
    whole = text.splitlines()
    whole[statement.lineno - 1 : statement.end_lineno] = written.strip("\n").split("\n")
    return _parsed("\n".join(whole) + "\n")


def _copied(text: str, call: ast.Call, helper: tuple[ast.FunctionDef, str]) -> str:
    """The helper under another name at the file's end, and called there."""
    node, source = helper
    lines = text.splitlines()
    line = lines[call.lineno - 1].encode()
    end = call.func.end_col_offset or 0
    lines[call.lineno - 1] = (line[:end] + b"_here" + line[end:]).decode()
    return "\n".join(lines) + "\n\n\n" + source.replace(f"def {node.name}(", f"def {node.name}_here(", 1) + "\n"


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
    return _parsed("\n".join(lines)) or text


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
    return _parsed(b"\n".join(lines).decode()) or text


def _unparsed(text: str, function: Function) -> str:
    """The function as Python's own unparser writes it: no comments, its own quotes and line breaks."""
    lines = text.split("\n")
    first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
    written = textwrap.indent(ast.unparse(function), " " * function.col_offset).split("\n")
    return _parsed("\n".join(lines[: first - 1] + written + lines[function.end_lineno :])) or text


def _apart(functions: list[Function]) -> list[Function]:
    """Those that are in no other one of them."""
    return [one for one in functions if not any(
        other is not one and other.lineno <= one.lineno and (one.end_lineno or 0) <= (other.end_lineno or 0)
        for other in functions
    )]  # fmt: skip


def _parsed(text: str) -> str | None:
    """The text, where it is Python still."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    return text
