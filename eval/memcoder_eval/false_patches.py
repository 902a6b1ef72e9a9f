"""Patches that do not resolve an issue, made from its reference patch by rule, and what a true verdict of each is.

Every rule takes the sources before and after the reference (path → text) and gives changed sources.
"""

import ast
import difflib
from collections.abc import Iterable, Iterator

Sources = dict[str, str]
FORGED = """import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome, report.longrepr = "passed", None
"""
"""A conftest.py that calls every test passed."""


def commented(before: Sources) -> Sources:
    """A comment at the end of each file: nothing is done."""
    return {path: f"{text.rstrip()}\n\n# The issue is resolved here.\n" for path, text in before.items()}


def negated(before: Sources, after: Sources) -> Sources:
    """The reference with each statement that it writes undone: conditions negated, values None, calls left out.

    What stands where it only takes lines out counts as written. Where nothing is, the functions that it changes raise.
    """
    found = {path: _negate(text, changed_lines(before.get(path, ""), text)) for path, text in after.items()}
    return found if found != after else opening(before, after, "raise RuntimeError('wrong')")


def opening(before: Sources, after: Sources, statement: str) -> Sources:
    """The reference with a statement at the beginning of each function that it changes, or else of the module."""
    return {path: _open(text, changed_lines(before.get(path, ""), text), statement) for path, text in after.items()}


def emptied(tests: Sources) -> Sources:
    """Test files whose test functions do nothing, so that they pass."""
    return {path: ast.unparse(_Emptied().visit(ast.parse(text))) + "\n" for path, text in tests.items()}


def misplaced(patch: str) -> str:
    """A patch whose hunks expect lines that are nowhere."""
    lines = patch.split("\n")
    return "\n".join(
        f"{line[0]}{line[1:]} no such line" if line[:1] in (" ", "-") and not line.startswith("---") else line
        for line in lines
    )


def changed_lines(before: str, after: str) -> set[int]:
    """Lines of `after`, from 1, that are new or stand where lines were taken out."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    lines: set[int] = set()
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind != "equal":
            lines.update(range(start + 1, max(end, start + 1) + 1))
    return lines


class _Emptied(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if node.name.startswith("test"):
            node.body = [ast.Pass()]
            node.decorator_list = []
            node.args = ast.arguments([], node.args.args[:1] if _is_method(node) else [], None, [], [], None, [])
        return node


def _is_method(node: ast.FunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg == "self"


def _negate(source: str, lines: set[int]) -> str:
    """Replaces from the last to the first, so that places stay true; what would not be Python is left as it was."""
    rows = [row.encode() for row in source.splitlines(keepends=True)]
    starts = [sum(map(len, rows[:number])) for number in range(len(rows) + 1)]
    data, last = source.encode(), len(source.encode()) + 1
    for node, text in sorted(_undone(ast.parse(source), lines), key=lambda pair: -pair[0].lineno):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        changed = data[:start] + text.replace("…", data[start:end].decode()).encode() + data[end:]
        if end <= last and _parses(changed):
            data, last = changed, start
    return data.decode()


def _undone(tree: ast.Module, lines: set[int]) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """What is replaced, and by what; `…` stands for what was there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While | ast.IfExp) and _touches(node.test, lines):
            yield node.test, "(not (…))"
        elif isinstance(node, ast.Return | ast.Assign) and node.value and _touches(node, lines):
            yield node.value, "None"
        elif isinstance(node, ast.Expr | ast.Raise | ast.AugAssign) and _touches(node, lines) and not _is_text(node):
            yield node, "pass"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _open(source: str, lines: set[int], statement: str) -> str:
    rows = source.splitlines(keepends=True)
    for node in sorted(_functions(ast.parse(source), lines), key=lambda node: -node.body[0].lineno):
        first = node.body[1] if _is_text(node.body[0]) and len(node.body) > 1 else node.body[0]
        row = min([first.lineno, *(each.lineno for each in getattr(first, "decorator_list", []))]) - 1
        rows.insert(row, f"{' ' * first.col_offset}{statement}\n")
    opened = "".join(rows)
    return opened if opened != source and _parses(opened.encode()) else f"{source.rstrip()}\n\n\n{statement}\n"


def _functions(tree: ast.Module, lines: set[int]) -> Iterable[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions with a changed line, the innermost of nested ones too."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds) and _touches(node, lines)]


def _touches(node: ast.expr | ast.stmt, lines: set[int]) -> bool:
    return any(line in lines for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True
