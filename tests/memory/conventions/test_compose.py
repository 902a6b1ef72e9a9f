"""A commit's subject in the project's custom, where one was counted."""

import pytest

from memcoder.memory.conventions.compose import fix_subject
from memcoder.memory.conventions.messages import shape
from memcoder.memory.conventions.policies import policy
from memcoder.records import ChangeKind, Convention, Memory

ISSUE = "# Totals are wrong when a price is zero.\n\nMore of it.\n"


def counted(rule: str, form: str, weight: float = 0.8, kind: ChangeKind | None = None) -> Memory:
    return policy(Convention(rule=rule, form=form, weight=weight, kind=kind), "r", "c")


@pytest.mark.parametrize(
    ("forms", "subject"),
    [
        ({}, "Fix: Totals are wrong when a price is zero."),
        ({"message-prefix": "type: or type(scope): "}, "fix: Totals are wrong when a price is zero."),
        ({"message-prefix": "BUG: "}, "BUG: Totals are wrong when a price is zero."),
        ({"message-prefix": "Fixed #N -- "}, "Fix: Totals are wrong when a price is zero."),
        ({"message-capital": "a small letter"}, "Fix: totals are wrong when a price is zero."),
        ({"message-stop": "without a full stop"}, "Fix: Totals are wrong when a price is zero"),
        ({"message-length": "30 characters"}, "Fix: Totals are wrong when a…"),
    ],
)
def test_what_was_counted_shapes_the_subject(forms: dict[str, str], subject: str) -> None:
    made = fix_subject(ISSUE, [counted(rule, form) for rule, form in forms.items()])
    assert made == subject
    assert shape(made).length <= 72


def test_what_was_counted_of_fixes_comes_first_and_what_weighs_little_not_at_all() -> None:
    policies = [
        counted("message-prefix", "fix: ", kind="fix"),
        counted("message-prefix", "component: "),
        counted("message-capital", "a small letter", weight=0.1),
        counted("message-stop", "without a full stop", kind="feature"),
    ]
    assert fix_subject("Totals are wrong.", policies) == "fix: Totals are wrong."


@pytest.mark.parametrize(
    ("issue", "subject"),
    [
        ("", "Fix: an issue"),
        ("###\n\nFix: it", "Fix: it"),
        ("JSON is broken", "Fix: JSON is broken"),
        ("area() is wrong", "Fix: area() is wrong"),
        ("Bad\x1b[2Jness\u202e here", "Fix: Bad[2Jness here"),
    ],
)
def test_names_stay_and_what_cannot_be_printed_is_left_out(issue: str, subject: str) -> None:
    assert fix_subject(issue, [counted("message-capital", "a small letter")] if issue[:1] in "Ja" else []) == subject
