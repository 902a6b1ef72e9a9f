"""A reproduction of the issue as a test, written by a model and believed only if it fails for the right reason."""

import ast
import re
from collections.abc import Iterable, Iterator

from memcoder.records import TestRun
from memcoder.sandbox.base import Sandbox
from memcoder.verify.runner import run_tests

FENCE = re.compile(r"```[\w]*[ \t]*\n(.*?)```", re.S)
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


def fails_rightly(sandbox: Sandbox, path: str, source: str, timeout: float) -> TestRun | None:
    """The outcome on the base commit, where every test fails by what the code does; None otherwise.

    A test that passes there shows nothing, and one that cannot be collected, imported or called is wrong itself.
    """
    sandbox.write(path, source.encode())
    try:
        run = run_tests(sandbox, f"python -m pytest -q {path}", timeout)
    finally:
        sandbox.reset()
    failed = [outcome for outcome in run.tests.values() if outcome == "failed"]
    if not failed or len(failed) < len(run.tests):
        return None
    return None if any(WRONG_REASONS.search(message) for message in run.messages.values()) else run


def _is_test(code: str) -> bool:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    return any(isinstance(node, ast.Assert | ast.With) for test in tests for node in ast.walk(test))
