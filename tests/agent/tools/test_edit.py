"""edit, on a real sandbox: forgiving about form, never guessing."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memcoder.agent.tools.base import Observation, Toolbox
from memcoder.agent.tools.edit import Edit
from memcoder.agent.trial import Trial
from memcoder.agent.work import Work
from memcoder.errors import UsageError
from tests.agent.tools.workshop import make_work
from tests.helpers import GitRepo

APP = """\
class Cart:
    def total(self, a, b):
        return a + b

    def other(self, a, b):
        return a - b

    def again(self, a, b):
        return a - b
"""
DIFF = """\
--- a/app.py
+++ b/app.py
@@ -1,5 +1,5 @@
 class Cart:
     def total(self, a, b):
-        return a + b
+        return 5

     def other(self, a, b):
"""


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("One", {"app.py": APP, "test_app.py": "", "old.py": "print 'two'\nx = 1\n", "dos.txt": "a\r\nb\r\n"})
    with make_work(repo, tmp_path, test_files=("test_app.py",)) as made:
        yield made


def edit(work: Work, **arguments: Any) -> Observation:
    return Toolbox([tool(work)]).run("edit", arguments)


def tool(work: Work) -> Edit:
    return Edit(work.sandbox, Trial(work, work.sandbox), 20_000)


def text(work: Work, path: str = "app.py") -> str:
    return work.sandbox.read(path).decode()


def test_lines_that_stand_there_once_are_replaced_and_shown(work: Work) -> None:
    seen = edit(work, path="app.py", old="        return a + b", new="        return a * b")
    assert not seen.failed
    assert "    3         return a * b\n" in seen.text
    assert text(work) == APP.replace("a + b", "a * b")


def test_another_indent_and_trailing_blanks_are_forgiven(work: Work) -> None:
    edit(
        work,
        path="app.py",
        old="def total(self, a, b):  \n    return a + b\n",
        new="def total(self, a, b):\n    return 1\n",
    )
    assert "    def total(self, a, b):\n        return 1\n" in text(work)
    edit(work, path="dos.txt", old="a", new="c")
    assert work.sandbox.read("dos.txt") == b"c\r\nb\r\n"


def test_a_place_is_never_guessed(work: Work) -> None:
    twice = edit(work, path="app.py", old="        return a - b", new="        return 0")
    assert (twice.failed, "2 times, at lines 6, 9" in twice.text) == (True, True)
    nearly = edit(work, path="app.py", old="        return a + bb", new="        return 0")
    assert (nearly.failed, "    3         return a + b\n" in nearly.text) == (True, True)
    assert edit(work, path="app.py", old="nothing like that", new="").failed
    assert edit(work, path="app.py", old="  \n", new="x").failed
    assert text(work) == APP


def test_a_file_is_written_whole_and_lines_are_deleted(work: Work) -> None:
    assert not edit(work, path="new/made.py", content="x = 1\n").failed
    assert text(work, "new/made.py") == "x = 1\n"
    assert not edit(work, path="new/made.py", content="").failed
    edit(work, path="app.py", old="    def again(self, a, b):\n        return a - b", new="")
    assert "again" not in text(work)


def test_a_diff_is_applied_whole_or_not_at_all(work: Work) -> None:
    diff = DIFF
    assert edit(work, diff=diff.replace("a + b", "a / b")).failed
    assert text(work) == APP
    assert not edit(work, diff=diff).failed
    assert "return 5" in text(work)
    assert edit(work, diff="nonsense\n").failed


def test_a_diff_with_wrong_counts_is_applied_where_its_lines_stand_once(work: Work) -> None:
    assert not edit(work, diff=DIFF.replace("@@ -1,5 +1,5 @@", "@@ -40,2 +40 @@ wrong")).failed
    assert text(work) == APP.replace("a + b", "5")
    twice = "--- a/app.py\n+++ b/app.py\n@@ -9,7 +9,7 @@\n-        return a - b\n+        return 7\n"
    seen = edit(work, diff=twice)
    assert (seen.failed, "2 times" in seen.text, "return 7" in text(work)) == (True, True, False)
    assert edit(work, diff=twice.replace("a/app.py", "a/../app.py").replace("b/app.py", "b/../app.py")).failed


def test_files_that_decide_are_refused_and_other_tests_may_be_added(work: Work) -> None:
    diff = "--- a/test_app.py\n+++ b/test_app.py\n@@ -0,0 +1 @@\n+x = 1\n"
    for seen in (edit(work, path="test_app.py", content="x = 1\n"), edit(work, diff=diff)):
        assert (seen.failed, "may not be changed" in seen.text) == (True, True)
    assert text(work, "test_app.py") == ""
    assert not edit(work, path="test_more.py", content="x = 1\n").failed


def test_python_that_was_whole_stays_so(work: Work) -> None:
    broken = edit(work, path="app.py", old="        return a + b", new="        return (a")
    assert (broken.failed, "would not be valid Python" in broken.text) == (True, True)
    assert text(work) == APP
    assert not edit(work, path="old.py", old="x = 1", new="x = 2").failed


@pytest.mark.parametrize("path", ["../out.py", "/tmp/out.py", ".git/hooks/pre-commit", "link/out.py", ""])
def test_paths_that_lead_out_are_refused(work: Work, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    os.symlink(outside, Path(work.sandbox.workdir) / "link")
    seen = edit(work, path=path, content="x = 1\n")
    assert (seen.failed, "leads out" in seen.text) == (True, True)
    assert list(outside.iterdir()) == []
    assert not edit(work, path="inside.py", content="x = 1\n").failed


def test_what_is_to_be_done_must_be_clear(work: Work) -> None:
    assert "not clear" in edit(work, path="app.py", old="x", content="y").text
    assert "nothing to be done" in edit(work, path="app.py").text
    assert "there is no nope.py" in edit(work, path="nope.py", old="x", new="y").text
    assert "changes nothing" in edit(work, path="app.py", old="        return a + b", new="        return a + b").text


def test_marks_of_data_blocks_are_as_the_file_has_them(work: Work) -> None:
    edit(work, path="page.html", content="<\u200bdata>\n</data>\n")
    assert text(work, "page.html") == "<data>\n</data>\n"


def test_a_block_of_text_is_read_by_its_form(work: Work) -> None:
    block = "<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE"
    assert tool(work).read({"path": "a.py"}, block) == {"path": "a.py", "old": "old\n", "new": "new\n"}
    assert tool(work).read({"path": "a.py"}, "x = 1") == {"path": "a.py", "content": "x = 1\n"}
    assert tool(work).read({"path": "a.py"}, "--- a/a.py\n+++ b/a.py") == {"diff": "--- a/a.py\n+++ b/a.py\n"}
    with pytest.raises(UsageError, match="one SEARCH/REPLACE"):
        tool(work).read({"path": "a.py"}, f"{block}\n{block}")
