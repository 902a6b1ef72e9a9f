import pytest

from memcoder.history.reverts import read_reverts, taken_back
from memcoder.history.trace import Touch

ONE, TWO = "a1" * 20, "b2" * 20


def commit(sha: str, message: str, time: int) -> Touch:
    return Touch(sha, (), "A", time, message, "a.py")


@pytest.mark.parametrize(
    ("message", "targets"),
    [
        (f'Revert "Add it"\n\nThis reverts commit {ONE}.', {ONE}),
        (f"revert {ONE[:8]} and {TWO[:8]}", {ONE, TWO}),
        (f"Reverts commits {ONE[:10]}, {TWO[:10]}, and {'c3' * 5}: too slow", {ONE, TWO}),
        (f"Back out changeset {TWO[:12]}", {TWO}),
        ('Revert "Add it"', {ONE}),
        ('[1.2] Reverted "Add it more"', {TWO}),
        ("Reverted r102", {TWO}),
        ("Reverted [101]", {ONE}),
        ("Reverted to the old way of doing it", set()),
        ("Do not revert 12 times", set()),
        ("Revert the colours\n\nAs of 2024", set()),
    ],
)
def test_messages_name_what_they_take_back(message: str, targets: set[str]) -> None:
    older = [
        commit(ONE, "Add it\n\ngit-svn-id: http://x/trunk@101 y", 1),
        commit(TWO, "Add it more\n\ngit-svn-id: http://x/trunk@102 y", 2),
    ]
    revert = commit("d4" * 20, message, 3)
    reverts = read_reverts([revert, *older])
    assert {touch.sha for touch in older if taken_back(touch, reverts)} == targets


def test_nothing_is_taken_back_by_itself_or_by_an_older_commit_of_that_subject() -> None:
    first = commit("d4" * 20, 'Revert "Add it"', 1)
    later = commit(ONE, "Add it", 2)
    assert taken_back(later, read_reverts([first, later])) is None
    itself = commit(TWO, f"This reverts commit {TWO}.", 3)
    assert taken_back(itself, read_reverts([itself])) is None
