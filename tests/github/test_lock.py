"""One run an issue at a time, decided by GitHub alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from memcoder.github.lock import locked
from memcoder.github.options import Options
from memcoder.github.permission import RefusedError
from tests.github.stage import Stage, labeled

REF = "refs/memcoder/locks/issue-7"


@contextmanager
def hold(stage: Stage, run: str = "1", attempt: int = 1, minutes: int = 360) -> Iterator[None]:
    stage.environment = {"GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": str(attempt)}
    job = stage.job(labeled(stage.hub), checkout=stage.folder)
    with locked(job.api, job.trigger, Options(lock_minutes=minutes), 7, stage.hub.git("rev-parse", "main^{tree}")):
        yield


def refs(stage: Stage) -> str:
    return stage.hub.git("for-each-ref", "--format=%(refname)", "refs/memcoder")


def test_a_second_run_is_refused_and_afterwards_nothing_is_left(stage: Stage) -> None:
    with hold(stage, "1"):
        assert refs(stage) == REF
        with pytest.raises(RefusedError, match="another run is at work"), hold(stage, "2"):
            pass
        assert refs(stage) == REF
    assert refs(stage) == ""
    with hold(stage, "2"):
        pass


def test_it_is_given_back_where_the_work_fails(stage: Stage) -> None:
    with pytest.raises(ZeroDivisionError), hold(stage):
        raise ZeroDivisionError
    assert refs(stage) == ""


def leave(stage: Stage, run: str, attempt: int = 1, age: float = 0.0) -> str:
    """The lock of a run that was killed."""
    tree = stage.hub.git("rev-parse", "main^{tree}")
    who = f"A <a@example.org> {int(time.time() - age)} +0000"
    commit = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nmemcoder run {run} attempt {attempt}\n"
    sha = stage.hub.git("hash-object", "-t", "commit", "-w", "--stdin", data=commit.encode())
    stage.hub.git("update-ref", REF, sha)
    return sha


def test_the_next_attempt_of_a_killed_run_goes_on(stage: Stage) -> None:
    leave(stage, "1", attempt=1)
    with hold(stage, "1", attempt=2):
        pass
    assert refs(stage) == ""


def test_a_lock_of_another_run_holds_until_it_is_old(stage: Stage) -> None:
    leave(stage, "1", age=50 * 60)
    with pytest.raises(RefusedError), hold(stage, "2", minutes=60):
        pass
    with hold(stage, "2", minutes=40):
        assert "memcoder run 2" in stage.hub.git("log", "-1", "--format=%B", REF)
    assert refs(stage) == ""


def test_of_two_that_take_over_one_wins(stage: Stage) -> None:
    old = leave(stage, "1", age=10_000_000)
    with hold(stage, "2"):
        # another one that has seen the old lock too, and comes a moment later
        tree = stage.hub.git("rev-parse", "main^{tree}")
        late = stage.hub.git("commit-tree", tree, "-p", old, data=b"memcoder run 3 attempt 1\n")
        job = stage.job(labeled(stage.hub), checkout=stage.folder)
        with pytest.raises(Exception, match="fast forward"):
            job.api.patch("git/refs/memcoder/locks/issue-7", {"sha": late, "force": False})


def test_a_lock_that_was_taken_over_is_not_removed_by_the_one_who_lost_it(stage: Stage) -> None:
    with hold(stage, "1"):
        taken = leave(stage, "2")
    assert stage.hub.git("rev-parse", REF) == taken


def test_an_answer_that_was_lost_is_no_other_run(stage: Stage) -> None:
    """The first try made the ref, but its answer did not come: the second finds it there, and it is its own."""
    original = stage.hub.faults
    with hold(stage, "1"):
        commit = stage.hub.git("rev-parse", REF)
    stage.hub.git("update-ref", REF, commit)
    original.append(("POST", "/git/commits", (201, {"sha": commit})))
    with hold(stage, "1"):
        assert stage.hub.git("rev-parse", REF) == commit
    assert refs(stage) == ""
