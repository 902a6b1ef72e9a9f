"""Makes the demonstration repository: its files as they are now, and a history that leads to them.

Each commit has the files that were there by then, with the changes that came later taken back. Authors and dates are
fixed, so the commits have the same ids everywhere.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from memcoder.demo.later import CHANGES
from memcoder.errors import FaultError

FILES = Path(__file__).parent / "files"
START = 1_709_280_000
"""2024-03-01; a commit every two days."""
STEP = 2 * 24 * 3600

ISSUE = """\
Report says the hall was hardly used although it was taken all morning

We rent out our hall to several parties at once. Last Friday the fair had it from 9 to 12, and the press had a short
slot inside that time, from 10 to 10:30. The day report says the hall was taken for 1 h 30, and it even offers 10:30 to
12:00 as free! If I take the short slot out, the numbers are right again.

```python
from roomplan import Plan

plan = Plan()
plan.add_room("hall", seats=120, shared=True)
plan.book("hall", "09:00", "12:00", "fair")
plan.book("hall", "10:00", "10:30", "press")
print(plan.busy_minutes("hall"))  # prints 90, but it should be 180
```
"""
"""As a user would write it: what was seen and expected, no file and no function of the cause."""

HIDDEN_TEST = """\
from roomplan import Plan
from roomplan.spans import Span
from roomplan.usage import free_spans, minutes_in_use, share_of_day, stretches


def hall(*bookings):
    plan = Plan("08:00", "18:00")
    plan.add_room("hall", seats=120, shared=True)
    for number, (start, end) in enumerate(bookings):
        plan.book("hall", start, end, f"party {number}")
    return plan


def test_the_case_of_the_issue():
    assert hall(("09:00", "12:00"), ("10:00", "10:30")).busy_minutes("hall") == 180


def test_several_short_slots_inside_a_long_one():
    assert hall(("08:00", "16:00"), ("09:00", "10:00"), ("11:00", "12:00"), ("15:00", "15:30")).busy_minutes("hall") == 480


def test_a_slot_inside_one_and_another_that_reaches_beyond():
    assert stretches([Span(540, 720), Span(560, 600), Span(700, 780)]) == [Span(540, 780)]


def test_the_same_slot_twice_and_with_the_same_end():
    assert minutes_in_use([Span(540, 600), Span(540, 600)]) == 60
    assert minutes_in_use([Span(540, 720), Span(660, 720)]) == 180


def test_free_time_begins_when_the_last_one_leaves():
    assert hall(("09:00", "12:00"), ("10:00", "10:30")).free_times("hall") == ["08:00-09:00", "12:00-18:00"]
    assert free_spans([Span(480, 600), Span(500, 510)], 480, 660) == [Span(600, 660)]


def test_occupancy_of_a_full_day():
    assert share_of_day([Span(480, 660), Span(500, 520)], 480, 660) == 1.0


def test_slots_that_meet_still_count_once():
    assert minutes_in_use([Span(540, 600), Span(570, 630)]) == 90
"""
"""Decides whether the fix is right; the model never sees it."""

REFERENCE = (
    "roomplan/usage.py",
    "            last.end = span.end\n",
    "            last.end = max(last.end, span.end)\n",
)
"""The reference fix, for tests of the demonstration itself; it is never written into the repository."""


@dataclass(frozen=True)
class Commit:
    """One step of the history: files that appear, changes that are made, a message."""

    message: str
    files: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


def _module(name: str) -> tuple[str, ...]:
    return (f"roomplan/{name}.py", f"tests/test_{name}.py")


HISTORY: tuple[Commit, ...] = (
    Commit(
        "Start with times of day\n\nMinutes since midnight are easy to compare and to add.",
        ("README.md", "roomplan/__init__.py", "roomplan/errors.py", *_module("clock")),
    ),
    Commit("Add spans of time and the gaps between them", _module("spans")),
    Commit("Add rooms, and find one for a group", _module("rooms")),
    Commit("Book rooms, one booking at a time\n\nWho comes second is told who has the room.", _module("bookings")),
    Commit("Add prices by quarter of an hour", _module("prices")),
    Commit("Let a day end at 24:00\n\nA ball that goes on until midnight could not be booked.", changes=("midnight",)),
    Commit("Measure how long a room is in use and when it is free", _module("usage")),
    Commit("Put it together as one day's plan", _module("plan"), ("api",)),
    Commit("Print the day as a report with a bar for each room", _module("report"), ("report",)),
    Commit("Keep plans in JSON files", ("roomplan/storage.py",)),
    Commit("Add a command line", ("roomplan/command.py", "tests/test_storage.py")),
    Commit(
        "Let several parties share the hall\n\nRooms that are marked as shared take bookings at the same time.",
        changes=("shared",),
    ),
    Commit(
        "Count the time that parties share only once\n\n"
        "When two bookings of the hall overlapped, the report added both up and said it was taken for longer than\n"
        "anybody was there, and offered time as free that was not. Bookings that meet now make one stretch of use.",
        changes=("overlap",),
    ),
    Commit("Charge a fifth more in the evening", changes=("evening",)),
    Commit("Take a tenth off for five bookings or more", changes=("discount",)),
    Commit(
        "Count only opening hours in the occupancy\n\nEarly set-up before opening made more than a full day of it.",
        changes=("hours",),
    ),
    Commit("Write plan files whole or not at all\n\nA full disk left half a file.", changes=("whole",)),
    Commit("Keep the report's bar within its width", changes=("bar",)),
)


def make_repository(folder: Path) -> str:
    """Make the repository anew in `folder`; the id of its newest commit."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _git(folder, 0, "init", "--quiet", "--initial-branch=main")
    for number, commit in enumerate(HISTORY):
        for path, text in state(number).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        _git(folder, number, "add", "--all")
        _git(folder, number, "commit", "--quiet", "--no-verify", "-m", commit.message)
    return _git(folder, len(HISTORY), "rev-parse", "HEAD").strip()


def state(number: int) -> dict[str, str]:
    """Path to content of all files as of the commit with this number, from 0."""
    paths = [path for commit in HISTORY[: number + 1] for path in commit.files]
    texts = {path: (FILES / path).read_text(encoding="utf-8") for path in paths}
    for commit in HISTORY[number + 1 :]:
        for change in commit.changes:
            for path, now, before in CHANGES[change]:
                if path in texts:
                    texts[path] = _replace(texts[path], now, before)
    return texts


def _replace(text: str, now: str, before: str) -> str:
    if text.count(now) != 1:
        raise FaultError(
            f"the demonstration's files and its history disagree: {now.strip()[:60]!r}", "reinstall memcoder"
        )
    return text.replace(now, before)


def _git(folder: Path, number: int, *arguments: str) -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_NAME": "Robin Keller" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "robin@example.org" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": f"{START + STEP * number} +0000" for who in ("AUTHOR", "COMMITTER")},
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FaultError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
    return done.stdout
