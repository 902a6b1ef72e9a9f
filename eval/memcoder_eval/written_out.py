"""A call of one of the project's helpers, spoiled: what the helper does is written out where it was called, or copied.

Helpers are functions of three lines or more that stood at the base: those that a file defines or imports, called by
their name or through their module, and methods of the class in which `self` calls them.
"""

import ast
import random
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from memcoder import Repository
from memcoder_eval.patches import Patch, added_lines, parsed, sources

LEAST_LINES = 3
"""Lines of a helper's statements."""


class Helper(NamedTuple):
    """A function, its own lines, and the class of the file whose method it is."""

    node: ast.FunctionDef
    source: str
    owner: str = ""


def helper_written_out(repo: Repository, base: str, patch: Patch, draw: random.Random) -> Patch | None:
    """The first helper that its new lines of source call is written out there, or, where that cannot be, copied."""
    for path, text in sources(patch):
        helpers = _helpers(repo, base, path, text)
        added = added_lines(repo, base, path, text)
        for owner, call in _calls(ast.parse(text), ""):
            helper = helpers.get(_called(call, owner)) if call.lineno in added else None
            if helper and (spoiled := _inlined(text, call, helper) or _copied(text, call, helper)):
                return {**patch, path: spoiled.encode()}
    return None


def _calls(node: ast.AST, owner: str) -> Iterator[tuple[str, ast.Call]]:
    """(name of the class it stands in, call) of a tree."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield owner, child
        yield from _calls(child, child.name if isinstance(child, ast.ClassDef) else owner)


def _called(call: ast.Call, owner: str) -> str:
    """The name by which `_helpers` knows what is called: `f`, `module.f` or `Class.f`; empty where none can be."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        name = call.func.value.id
        return f"{owner if name == 'self' else name}.{call.func.attr}"
    return ""


def _helpers(repo: Repository, base: str, path: str, text: str) -> dict[str, Helper]:
    """What a file can call: its own functions and methods at the base, and what it imports from the project."""
    found = _defined(_read(repo, base, path))
    files = repo.files(base)
    for node in ast.parse(text).body:
        for module, alias, name in _imported(node):
            end = module.replace(".", "/") + ".py"
            home = next((file for file in files if file == end or file.endswith(f"/{end}")), None)
            defined = _defined(_read(repo, base, home)) if home else {}
            known = {key: one for key, one in defined.items() if not one.owner}
            if name in known:
                found[alias] = known[name]
            elif name is None:
                found |= {f"{alias}.{key}": one for key, one in known.items()}
    return found


def _imported(node: ast.stmt) -> Iterator[tuple[str, str, str | None]]:
    """(module, name here, name there) of what a statement imports; the last None where it may be the module itself."""
    if isinstance(node, ast.Import):
        yield from ((one.name, one.asname or one.name, None) for one in node.names)
    elif isinstance(node, ast.ImportFrom):
        for one in node.names:
            if node.module:
                yield node.module, one.asname or one.name, one.name
            yield ".".join(filter(None, (node.module, one.name))), one.asname or one.name, None


def _read(repo: Repository, base: str, path: str) -> str:
    return (repo.read(base, path) or b"").decode("utf-8", "replace")


def _defined(text: str) -> dict[str, Helper]:
    """Its functions by name, its classes' plain methods by `Class.name`."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return {}
    lines = text.splitlines()
    owned = [("", node) for node in body] + [
        (one.name, node) for one in body if isinstance(one, ast.ClassDef) for node in one.body
    ]
    return {
        f"{owner}.{node.name}" if owner else node.name:
            Helper(node, "\n".join(lines[node.lineno - 1 : node.end_lineno]), owner)
        for owner, node in owned
        if isinstance(node, ast.FunctionDef) and not node.decorator_list
        and (node.end_lineno or 0) - _statements(node)[0].lineno + 1 >= LEAST_LINES
    }  # fmt: skip


def _statements(node: ast.FunctionDef) -> list[ast.stmt]:
    """A function's statements without its docstring (all of them where it has nothing else)."""
    return node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body


def _inlined(text: str, call: ast.Call, helper: Helper) -> str | None:
    """The helper's statements in place of a statement that is nothing but the call, its result assigned or returned."""
    node, last = helper.node, helper.node.body[-1]
    names = [argument.arg for argument in node.args.args][1 if helper.owner else 0 :]
    returns = [one for one in ast.walk(node) if isinstance(one, ast.Return)]
    plain = not (node.args.vararg or node.args.kwarg or node.args.kwonlyargs or call.keywords)
    if not plain or len(names) != len(call.args) or returns != [last] or not isinstance(last, ast.Return):
        return None
    statement = _whole_statement(text, call)
    if statement is None or last.value is None:
        return None
    lines, first = helper.source.splitlines(), _statements(node)[0].lineno - node.lineno
    body = textwrap.dedent("\n".join(lines[first : last.lineno - node.lineno]))
    given = "".join(f"{name} = {ast.unparse(value)}\n" for name, value in zip(names, call.args, strict=True)
                    if ast.unparse(value) != name)  # fmt: skip
    kept = "return" if isinstance(statement, ast.Return) else " = ".join(map(ast.unparse, statement.targets)) + " ="
    written = textwrap.indent(f"{given}{body.rstrip()}\n{kept} {ast.unparse(last.value)}", " " * statement.col_offset)
    whole = text.splitlines()
    whole[statement.lineno - 1 : statement.end_lineno] = written.strip("\n").split("\n")
    return parsed("\n".join(whole) + "\n")


def _whole_statement(text: str, call: ast.Call) -> ast.Assign | ast.Return | None:
    """The statement that assigns or returns the call and does nothing else."""
    said = ast.dump(call, include_attributes=True)
    return next((one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Assign | ast.Return)
                 and one.value is not None and ast.dump(one.value, include_attributes=True) == said), None)  # fmt: skip


def _copied(text: str, call: ast.Call, helper: Helper) -> str | None:
    """The helper under another name at the end of the file, or of its class, and called there."""
    node, owner, lines = helper.node, helper.owner, text.splitlines()
    line, name = (call.func.end_lineno or 0) - 1, f"{node.name}_here"
    if call.func.lineno != call.func.end_lineno:
        return None
    before, after = lines[line].encode()[: call.func.col_offset], lines[line].encode()[call.func.end_col_offset :]
    lines[line] = before.decode() + (f"self.{name}" if owner else name) + after.decode()
    copy = helper.source.replace(f"def {node.name}(", f"def {name}(", 1).split("\n")
    classes = [one for one in ast.parse(text).body if isinstance(one, ast.ClassDef) and one.name == owner]
    end = (classes[0].end_lineno or 0) if classes else len(lines)
    lines[end:end] = ["", *copy] if classes else ["", "", *copy]
    return parsed("\n".join(lines) + "\n")
