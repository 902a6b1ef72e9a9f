"""Makes the demonstration repository from its history: one patch a commit, as `git format-patch` wrote them.

Authors, dates and committer are fixed, so the commits have the same ids everywhere.
"""

import os
import shutil
import subprocess
from pathlib import Path

from memcoder.errors import FaultError

HISTORY = Path(__file__).parent / "history"
HEAD = "a823effb4ecb5896be20e4866680010204fc0e48"
"""The newest commit's id; a test holds it against what git makes of the patches."""

ISSUE = """\
Offered for hire while our fair is still on

We take the Main Hall for the whole of our spring fair, and the stalls come in for some hours of it and do not mind
company. Since then the hall is offered for hire to others at times when the fair is still on and it is in use. A
playgroup turned up at one o'clock. Leave the stall out, and what is offered is right.

```python
from hallbook import Diary

diary = Diary()
diary.book("Main Hall", "2024-05-04", "09:00-16:00", "Spring fair")
diary.book("Main Hall", "2024-05-04", "10:00-12:00", "Cake stall", shared=True)
print(diary.free("Main Hall", "2024-05-04"))
```

This prints `['08:00-09:00', '12:00-22:00']`. It should print `['08:00-09:00', '16:00-22:00']`.
"""
"""As a user would write it: what was seen and expected, no file and no function of the cause."""

HIDDEN_TEST = """\
from hallbook import Diary
from hallbook.occupancy import gaps, stretches
from hallbook.report import hired
from hallbook.spans import parse

DAY = "2024-05-04"


def diary(*hires):
    book = Diary()
    for number, span in enumerate(hires):
        book.book("Main Hall", DAY, span, f"party {number}", shared=number > 0)
    return book


def test_the_case_of_the_issue():
    assert diary("09:00-16:00", "10:00-12:00").free("Main Hall", DAY) == ["08:00-09:00", "16:00-22:00"]


def test_several_stalls_within_one_fair():
    hires = "09:00-18:00", "09:30-10:00", "11:00-12:00", "13:00-17:45"
    assert diary(*hires).free("Main Hall", DAY) == ["08:00-09:00", "18:00-22:00"]


def test_a_stall_within_and_one_that_stays_on():
    hires = "09:00-16:00", "10:00-12:00", "15:00-19:00"
    assert diary(*hires).free("Main Hall", DAY) == ["08:00-09:00", "19:00-22:00"]


def test_a_stall_that_comes_and_goes_with_the_fair():
    assert diary("09:00-16:00", "09:00-10:00").free("Main Hall", DAY) == ["08:00-09:00", "16:00-22:00"]
    assert diary("09:00-16:00", "15:00-16:00").free("Main Hall", DAY) == ["08:00-09:00", "16:00-22:00"]


def test_another_hire_after_the_fair_keeps_its_own_hours():
    hires = "09:00-16:00", "10:00-12:00", "18:00-20:00"
    assert diary(*hires).free("Main Hall", DAY) == ["08:00-09:00", "16:00-18:00", "20:00-22:00"]


def test_the_whole_day_is_taken():
    assert gaps([parse("08:00-22:00"), parse("10:00-11:00")], parse("08:00-22:00")) == []


def test_hired_minutes_do_not_shrink():
    assert hired(diary("09:00-16:00", "10:00-12:00"), "Main Hall", DAY) == 420


def test_what_touches_is_still_one_and_what_does_not_is_two():
    assert [(part.start, part.end) for part in stretches([parse("09:00-10:00"), parse("10:00-11:00")])] == [(540, 660)]
    assert len(stretches([parse("09:00-10:00"), parse("10:01-11:00")])) == 2
"""
"""Decides whether the fix is right; the model never sees it."""

REFERENCE = (
    "hallbook/occupancy.py",
    "            last.end = span.end\n",
    "            last.end = max(last.end, span.end)\n",
)
"""The reference fix, for tests of the demonstration itself; it is never written into the repository."""


def make_repository(folder: Path) -> str:
    """Make the repository anew in `folder`; the id of its newest commit."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    patches = sorted(str(path) for path in HISTORY.glob("*.patch"))
    _git(folder, "am", "--quiet", "--committer-date-is-author-date", *patches)
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_COMMITTER_NAME": "hallbook",
        "GIT_COMMITTER_EMAIL": "secretary@hallbook.example",
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FaultError(
            f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}",
            "`memcoder doctor` looks at git and the disk",
        )
    return done.stdout
