import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest

from memcoder.errors import FaultError
from memcoder.history import touched
from memcoder.history.commits import list_commits
from memcoder.history.repository import Repository
from memcoder.history.touched import qualified, read_touched, touched_symbols
from tests.helpers import GitRepo, make_shop


def test_the_lines_of_both_versions(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    repo = Repository.open(made.path)
    found = dict(read_touched(repo, list_commits(repo, "HEAD")))
    assert list(found) == list(shas.values())
    (fix,) = found[shas["rounding"]]
    assert (fix.path, fix.status, fix.lines, fix.old_lines) == ("shop/money.py", "modified", ((2, 2),), ())
    assert repo.tree(shas["rounding"])["shop/money.py"] == fix.blob
    assert repo.tree(shas["tests"])["shop/money.py"] == fix.old_blob


def test_qualified_names_also_of_what_was_deleted_or_moved(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    stock = (made.path / "shop/stock.py").read_text()
    without = made.commit("Drop restock", {"shop/stock.py": stock[: stock.index("\n    def restock")]})
    made.git("mv", "shop/stock.py", "shop/depot.py")
    moved = made.commit("Move", {"shop/depot.py": stock.replace("levels = {}", "levels = dict()")})
    gone = made.commit("Gone", {"shop/depot.py": None})
    repo = Repository.open(made.path)
    found = dict(qualified(repo, list_commits(repo, "HEAD")))
    assert found[shas["reserve"]] == (("shop/stock.py", ("Warehouse.reserve",)),)
    assert found[without] == (("shop/stock.py", ("Warehouse.restock",)),)
    assert dict(found[moved])["shop/depot.py"][0] == "Warehouse.__init__"
    assert found[gone] == ()
    assert found[shas["docs"]] == ()


def make_long(path: Path, count: int) -> Repository:
    """A history in which two blobs take turns, so that most questions were asked before."""
    made = GitRepo(path)
    stream = []
    for number in range(count):
        body = (
            f"class A:\n    def f{number % 2}(self):\n        return {number % 2}\n\n    def last(self):\n        ...\n"
        )
        stream.append(
            f"commit refs/heads/main\ncommitter A <a@b> {1_700_000_000 + number} +0000\ndata 1\nx\n"
            f"M 100644 inline a.py\ndata {len(body)}\n{body}\n"
        )
    made.git("fast-import", "--quiet", data="".join(stream).encode())
    return Repository.open(made.path)


def test_two_processes_say_what_one_says_and_ask_each_question_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_long(tmp_path / "long", 300)
    ids = list_commits(repo, "HEAD")
    apart = list(qualified(repo, ids, processes=2))
    asked = []
    answer = touched._Answers.__call__

    def counted(self: touched._Answers, job: touched.Job) -> tuple[str, ...]:
        asked.append(job)
        return answer(self, job)

    monkeypatch.setattr(touched._Answers, "__call__", counted)
    assert list(qualified(repo, ids, processes=1)) == apart
    assert [sha for sha, _ in apart] == ids
    assert apart[1] == (ids[1], (("a.py", ("A.f1",)),))
    assert len(asked) == len(set(asked)) == 3
    monkeypatch.setattr(touched, "KNOWN_LIMIT", 2)
    assert list(qualified(repo, ids, processes=1)) == apart


def test_a_worker_that_dies_is_a_fault(tmp_path: Path) -> None:
    repo = make_long(tmp_path / "long", 1_000)
    answers = qualified(repo, list_commits(repo, "HEAD") * 20, processes=2)
    next(answers)
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
    watch = threading.Timer(60, os.kill, (os.getpid(), signal.SIGINT))
    watch.start()
    try:
        with pytest.raises(FaultError, match="died"):
            list(answers)
    finally:
        watch.cancel()


def test_names_of_lines() -> None:
    source = b"class A:\n    def f(self):\n        pass\n\n    x = 1\n\n\ndef g():\n    def h():\n        pass\n"
    assert touched_symbols("a.py", source, [3, 2, 5, 7, 9]) == ("A.f", "A", "g.h")
    assert touched_symbols("a.txt", source, [3]) == ()
