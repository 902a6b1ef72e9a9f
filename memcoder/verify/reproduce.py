"""A reproduction of the issue as a test, written by a model and believed only if it fails for the right reason."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile

from memcoder.records import TestRun
from memcoder.sandbox.base import Sandbox
from memcoder.verify.runner import run_tests

FENCE = re.compile(r"```[\w]*[ \t]*\n(.*?)(?:```|\Z)", re.S)
"""A block of code; a model that stops where its block ends, or is cut off, does not close it."""
EXAMPLE_LINES = 40
WRONG_REASONS = re.compile(
    r"\b(SyntaxError|IndentationError|ImportError|ModuleNotFoundError|NameError|fixture '|AttributeError: module|"
    r"TypeError: [\w.]+\(\) (got|missing|takes))"
)


def test_sources(replies: Iterable[str]) -> Iterator[str]:
    """The test files in a model's replies: valid Python with at least one test function that asserts or raises."""
    seen = set()
    for reply in replies:
        for code in FENCE.findall(reply):
            if code not in seen and _is_test(code):
                seen.add(code)
                yield code


def with_imports(source: str, known: Mapping[str, str]) -> str:
    """The test with an import of each name that it uses and lacks, where it is known (name → module).

    That is what small models forget most.
    """
    tree = ast.parse(source)
    bound = _bound(tree)
    lacking = [name for name in _used(tree) if name in known and name not in bound]
    at = max((node.end_lineno or 0 for node in takewhile(_leads, tree.body)), default=0)
    lines = source.split("\n")
    lines[at:at] = [f"from {known[name]} import {name}" for name in lacking]
    return "\n".join(lines)


def stages(source: str, known: Iterable[str]) -> bool:
    """Whether the test defines a known name itself: then it tests what it made up, not the project."""
    own = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return not set(known).isdisjoint(node.name for node in ast.walk(ast.parse(source)) if isinstance(node, own))


def _used(tree: ast.AST) -> list[str]:
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    used = dict.fromkeys(name.id for name in names if isinstance(name.ctx, ast.Load))
    return [name for name in used if not hasattr(builtins, name)]


def _bound(tree: ast.AST) -> set[str]:
    """Every name that the code binds anywhere: what is bound elsewhere only is not worth telling apart."""
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
    return bound


def _leads(node: ast.stmt) -> bool:
    """Whether it must stand before every import: the docstring, and what is imported from the future."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def example(issue: str) -> str:
    """The first block of Python in an issue that calls something; empty where there is none, or only a long one.

    Issue text is data. What is not Python, comments and bare strings, which only speak to the reader, and anything
    that could end the block it is put into, does not come through.
    """
    for code in FENCE.findall(issue.replace("\r\n", "\n")):
        try:
            tree = _Silent().visit(ast.parse(code))
            calls = any(isinstance(node, ast.Call) for node in ast.walk(tree))
            plain = ast.unparse(tree) if calls else ""
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if plain and "```" not in plain and plain.count("\n") < EXAMPLE_LINES:
            return plain
    return ""


class _Silent(ast.NodeTransformer):
    """Takes bare strings out."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        return ast.Pass() if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node


def try_test(sandbox: Sandbox, path: str, source: str, timeout: float) -> TestRun:
    """The outcome of a test on the base commit; the sandbox is reset afterwards."""
    sandbox.write(path, source.encode())
    try:
        return run_tests(sandbox, f"python -m pytest -q {path}", timeout)
    finally:
        sandbox.reset()


def fails_rightly(run: TestRun) -> bool:
    """Whether every test fails by what the code does.

    A test that passes at the base commit shows nothing, and one that cannot be collected, imported or called is
    wrong itself.
    """
    if not run.tests or any(outcome != "failed" for outcome in run.tests.values()):
        return False
    return not any(WRONG_REASONS.search(message) for message in run.messages.values())


def stands_in(source: str, issue: str) -> bool:
    """Whether the issue has what the test asks for: each value compared in an assertion, each exception expected.

    What a model adds of its own is a guess, and a patch that satisfies a guess resolves nothing.
    """
    return all(value in issue for value in _expected(source))


def _expected(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
            for constant in (inner for side in node.test.comparators for inner in ast.walk(side)):
                if isinstance(constant, ast.Constant):
                    yield str(constant.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "raises":
            yield from (ast.unparse(argument) for argument in node.args[:1])


def _is_test(code: str) -> bool:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    checks = [node for test in tests for node in ast.walk(test) if isinstance(node, ast.Assert | ast.With)]
    # An assertion about constants alone holds or fails whatever the project does.
    return bool(checks) and all(any(isinstance(node, ast.Name) for node in ast.walk(check)) for check in checks)
