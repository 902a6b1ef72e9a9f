from pathlib import Path

import pytest

from memcoder.errors import MissingError, UsageError
from memcoder.tasks.candidates import Rejected
from memcoder.tasks.statement import Issue, load_issues, statement

PATCH = """\
diff --git a/shop/money.py b/shop/money.py
--- a/shop/money.py
+++ b/shop/money.py
@@ -1,2 +1,3 @@
 def round_cents(amount):
-    return int(amount * 100) / 100
+    return int(amount * 100 + 0.5) / 100
diff --git a/CHANGES.md b/CHANGES.md
--- a/CHANGES.md
+++ b/CHANGES.md
@@ -1 +1,2 @@
+Prices with half a cent are rounded up
 # Changes
"""
PATHS = ("shop/money.py", "CHANGES.md", "tests/test_money.py")
SUBJECT = "Prices with half a cent are rounded up"


def told(message: str, issues: dict[int, Issue] | None = None) -> str:
    return statement(message, PATCH, PATHS, issues or {})


@pytest.mark.parametrize(
    "message",
    [
        f"{SUBJECT} (#12)",
        f"{SUBJECT} fixes #12",
        f"Fixed #12 -- {SUBJECT}",
        f"{SUBJECT} (issue601)",
        f"{SUBJECT}\n\n---------\n\nCo-authored-by: A <a@b.c>",
        f"{SUBJECT}\n\nCloses #12, #13\n\nSigned-off-by: A <a@b.c>",
        f"{SUBJECT}\n\nSee https://github.com/a/b/pull/12\n\nCo-authored-by: A <a@b.c>",
        f"{SUBJECT}\n\n* shop/money.py (round_cents): add a half",
        f"{SUBJECT}\n\n    return int(amount * 100 + 0.5) / 100",
        f"{SUBJECT}\n\nIt is now `return int(amount * 100 + 0.5) / 100`.",
        f"{SUBJECT}\n\n```python\ndef round_cents(amount):\n    return int(amount * 100 + 0.5) / 100\n```",
        f"{SUBJECT}\n\n```diff\n@@ -1,2 +1,3 @@\n-    x\n+    y\n```",
        f"{SUBJECT}\n\nWith a half (``+ 0.5``) before\nthe cut it is right.",
        f"{SUBJECT}\n\n(cherry picked from commit 0123456789abcdef0123456789abcdef01234567)",
    ],
)
def test_what_gives_the_fix_away_is_left_out(message: str) -> None:
    assert told(message) == SUBJECT


def test_the_rest_of_a_message_stays() -> None:
    code = "```python\nround_cents(1.005)\n```"
    body = f"Half a cent was cut by round_cents() as `int(amount * 100)` says:\n\n{code}\n\n- invoices are short"
    assert told(f"{SUBJECT}\n\n{body}") == f"{SUBJECT}\n\n{body}"


@pytest.mark.parametrize(
    "message", ["Fix it", "#12", "Fixes #12, #13", "Code cleanup.", "wip\n\n\nSigned-off-by: A <a@b>"]
)
def test_a_message_that_says_too_little_is_rejected(message: str) -> None:
    with pytest.raises(Rejected, match="too little"):
        told(message)


def test_the_line_that_a_reference_stood_in_is_closed_up() -> None:
    assert told("Let .total() of #7 be right (fixes #12).") == "Let .total() of be right."


def test_the_issue_goes_before_the_message_and_the_pull_request_is_none() -> None:
    issues = {
        12: Issue(12, "Invoices are a cent short", "See #7:\n\n    round_cents(1.005)\n\nin shop/money.py"),
        34: Issue(34, "Add a half before the cut"),
    }
    expected = "Invoices are a cent short\n\n    round_cents(1.005)\n\nin shop/money.py"
    assert told("Add a half (#34)\n\nFixes #12", issues) == expected
    assert told(f"{SUBJECT} (#34)", issues) == SUBJECT


def test_an_issue_that_holds_the_fix_loses_it() -> None:
    issues = {12: Issue(12, "Invoices are a cent short", "Try\n\n```\n    return int(amount * 100 + 0.5) / 100\n```")}
    assert told("Fixes #12", issues) == "Invoices are a cent short\n\nTry"


def test_issues_are_read_and_what_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "issues.jsonl"
    file.write_text('{"number": 12, "title": "A", "body": null}\n\n{"number": "13", "title": "B", "body": "C"}\n')
    assert load_issues(file) == {12: Issue(12, "A"), 13: Issue(13, "B", "C")}
    file.write_text('{"number": 12, "title": "A"}\n[]\n')
    with pytest.raises(UsageError, match="line 2: not an issue"):
        load_issues(file)
    with pytest.raises(MissingError):
        load_issues(tmp_path / "none")
