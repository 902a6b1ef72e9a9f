"""JUnit XML, which most runners can write: pytest by itself, others into the file that $MEMCODER_JUNIT names."""

import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator

from memcoder.records import Outcome
from memcoder.verify.runners.base import REPORT_LIMIT, Reading

REPORT = ".memcoder-junit.xml"
VARIABLE = "MEMCODER_JUNIT"
"""Names the report's path to the test command."""
DECLARATION = b"<?xml"
NODE = "test"
"""The class of every test of Node's runner, which tells no file: suites about a test name it."""
WORST: tuple[Outcome, ...] = ("error", "failed", "skipped", "passed")


def parse_junit(text: bytes) -> Reading:
    """Outcomes and failure messages by test id (`path::name` or `class::name`).

    The report comes from untrusted code: oversized or malformed XML counts as none. Several documents one after the
    other, as `cat` makes of Maven's, are read as one.
    """
    if len(text) > REPORT_LIMIT or b"<!ENTITY" in text:
        return Reading()
    first, *rest = text.split(DECLARATION)
    found = Reading()
    for document in (first, *(DECLARATION + part for part in rest)):
        if document.strip():
            found |= _document(document)
    return found


def _document(text: bytes) -> Reading:
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError:
        return Reading()
    tests: dict[str, Outcome] = {}
    messages: dict[str, str] = {}
    seconds: dict[str, float] = defaultdict(float)
    for case, suites in _cases(root):
        where = case.get("file") or case.get("classname") or ""
        titles = (*suites, case.get("name") or "") if where == NODE else (case.get("name") or "",)
        name = f"{where}::{' > '.join(titles)}".removeprefix("::")
        outcome, message = _outcome(case)
        if where == NODE:  # several files may have a test of that name
            outcome = min(outcome, tests.get(name, outcome), key=WORST.index)
        tests[name] = outcome
        if message:
            messages[name] = message
        if case.get("file"):
            seconds[where] += _seconds(case)
    return Reading(tests, messages, dict(seconds))


def _cases(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, tuple[str, ...]]]:
    """Each test with the names of the suites about it, in the order of the document."""
    left: list[tuple[ElementTree.Element, tuple[str, ...]]] = [(root, ())]
    while left:
        element, suites = left.pop()
        if element.tag == "testcase":
            yield element, suites
        inside = (*suites, element.get("name") or "") if element.tag == "testsuite" else suites
        left += [(child, inside) for child in reversed(element)]


def _outcome(case: ElementTree.Element) -> tuple[Outcome, str]:
    kinds: tuple[tuple[str, Outcome], ...] = (("failure", "failed"), ("error", "error"), ("skipped", "skipped"))
    for tag, outcome in kinds:
        found = case.find(tag)
        if found is not None:
            return outcome, "" if outcome == "skipped" else (found.text or "").strip() or found.get("message") or ""
    return "passed", ""


def _seconds(case: ElementTree.Element) -> float:
    try:
        return max(0.0, float(case.get("time") or 0))
    except ValueError:
        return 0.0
