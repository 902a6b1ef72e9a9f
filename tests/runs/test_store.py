import os
import stat
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.errors import FaultError, UsageError
from memcoder.records import Attempt, Patch, Review, Task, Usage, Verdict
from memcoder.runs.log import EVENTS, RunLog
from memcoder.runs.store import RunStore, fingerprint

TASK = Task(repository="/somewhere", base_commit="c0ffee", issue="Totals are wrong")


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def begun(store: RunStore, mark: str = "f") -> RunLog:
    return store.create(TASK, model="scripted", strategy="staged", seed=3, fingerprint=mark)


def finished(store: RunStore, diff: str = "diff --git a/x b/x\n") -> RunLog:
    log = begun(store)
    with log:
        log.append("call", usage=Usage(calls=1, tokens_in=10, tokens_out=2).model_dump(), at_seconds=1.5)
        attempt = Attempt(number=1, origin="first", before="", action="a", diagnosis="", after=diff, passed=True)
        log.append("attempt", attempt=attempt.model_dump(mode="json"))
        verdict = Verdict(status="verified", reasons=("1 test was fixed",))
        log.append("verdict", patch=Patch(diff=diff).model_dump(), verdict=verdict.model_dump(mode="json"))
        log.append("finished", state="done", seconds=2.5)
    return log


def test_a_run_is_what_its_events_fold_to(store: RunStore) -> None:
    log = finished(store)
    run = store.load(log.id)
    assert (run.state, run.seed, run.task, run.usage.calls, run.seconds) == ("done", 3, TASK, 1, 2.5)
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert run.attempts[0].passed


def test_ids_sort_as_runs_began_and_last_is_the_newest(store: RunStore) -> None:
    ids = [begun(store).id for _ in range(20)]
    assert ids == sorted(set(ids))
    assert store.load("last").id == ids[-1]
    assert [run.id for run in store.all()] == ids


def test_a_unique_beginning_names_a_run(store: RunStore) -> None:
    first = begun(store).id
    begun(store)
    assert store.load(first).id == first
    with pytest.raises(UsageError, match="2 runs begin"):
        store.load(first[:8])
    with pytest.raises(UsageError, match="no run"):
        store.load("1999")


def test_no_runs_at_all(store: RunStore) -> None:
    assert store.all() == []
    with pytest.raises(UsageError, match="no run 'last'"):
        store.load("last")


def test_only_the_owner_may_read(store: RunStore) -> None:
    log = begun(store)
    assert stat.S_IMODE(log.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((log.folder / EVENTS).stat().st_mode) == 0o600


def test_a_torn_last_line_is_ignored_and_cut_before_the_next(store: RunStore) -> None:
    log = begun(store)
    path = log.folder / EVENTS
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event": "att')
    assert store.load(log.id).state == "running"
    with log:
        log.append("finished", state="done")
    assert store.load(log.id).state == "done"
    assert path.read_bytes().startswith(whole + b'{"event": "finished"')


def test_every_cut_of_a_log_is_a_run_that_can_be_continued(store: RunStore) -> None:
    log = finished(store)
    path = log.folder / EVENTS
    data = path.read_bytes()
    for at in range(data.index(b"\n") + 1, len(data), 37):
        path.write_bytes(data[:at])
        assert store.load(log.id).id == log.id
        assert store.find_unfinished("f") is not None


@pytest.mark.parametrize("line", [b"{broken\n", b"[1]\n", b"{}\n", b"\xff\xfe\n"])
def test_a_damaged_middle_line_is_named(store: RunStore, line: bytes) -> None:
    log = finished(store)
    path = log.folder / EVENTS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], line, *lines[1:]]))
    with pytest.raises(FaultError, match=rf"{EVENTS}, line 2"):
        store.load(log.id)


def test_a_broken_run_does_not_hide_the_others(store: RunStore) -> None:
    good, bad = finished(store), finished(store)
    (bad.folder / EVENTS).write_text('{"event": "verdict"}\n')
    assert [run.id for run in store.all()] == [good.id]
    assert store.survey()[1] == [bad.id]
    with pytest.raises(FaultError, match="tells no run"):
        store.load(bad.id)


def test_unknown_events_are_passed_over(store: RunStore) -> None:
    log = begun(store)
    with log:
        log.append("invented later", anything=[1])
    assert store.load(log.id).state == "running"


def test_only_an_unfinished_run_of_the_same_mark_is_found(store: RunStore) -> None:
    log = begun(store, "mine")
    begun(store, "other")
    found = store.find_unfinished("mine")
    assert found is not None
    assert found.id == log.id
    with log:
        log.append("finished", state="stopped")
    assert store.find_unfinished("mine") is None


def test_a_run_that_was_not_handed_over_is_found_until_it_is(store: RunStore) -> None:
    log = begun(store)
    with log:
        log.append("note", text="x" * 200_000)
        log.append("finished", state="done", handed_over=False)
    assert store.find_unfinished("f") is not None
    assert store.load(log.id).state == "done"
    with log:
        log.append("handed over")
    assert store.find_unfinished("f") is None


def test_a_long_last_line_is_read_whole(store: RunStore) -> None:
    log = begun(store)
    with log:
        log.append("finished", state="stopped", error="x" * 200_000)
    assert store.find_unfinished("f") is None


def test_a_run_that_was_cut_off_before_its_first_event_is_none_and_goes_after_an_hour(store: RunStore) -> None:
    old, young = store.folder / "20200101-000000-0000", store.folder / "20200101-000000-0001"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / f"{EVENTS}.new").write_text('{"event": "sta')
    os.utime(old, (0, 0))
    log = begun(store)
    assert store.survey() == ([store.load(log.id)], [])
    assert sorted(path.name for path in store.folder.iterdir()) == [young.name, log.id]


def test_two_processes_cannot_hold_one_run(store: RunStore) -> None:
    log = begun(store)
    with log, pytest.raises(UsageError, match="another process"), RunLog(log.folder):
        pass
    with RunLog(log.folder) as free:
        free.append("finished", state="done")


def test_writing_to_a_closed_log_is_a_mistake(store: RunStore) -> None:
    with pytest.raises(ValueError, match="not open"):
        begun(store).append("finished", state="done")


def test_a_full_disk_is_a_fault_and_leaves_no_half_line(store: RunStore) -> None:
    import resource
    import signal

    log = begun(store)
    size = (log.folder / EVENTS).stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with log:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
        try:
            with pytest.raises(FaultError, match="cannot be written"):
                log.append("note", text="x" * 1000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
        log.append("finished", state="done")
    assert store.load(log.id).state == "done"


def test_a_review_is_the_last_event(store: RunStore) -> None:
    log = finished(store)
    run = store.review(log.id, Review(decision="rejected", by="ann", time=1, reason="no"))
    assert run.review is not None
    assert store.load(log.id).review == run.review


def test_a_fingerprint_tells_runs_apart() -> None:
    settings = Settings()
    base = fingerprint("key", TASK, "m", "staged", settings)
    assert base == fingerprint("key", TASK, "m", "staged", Settings(memory_mb=99))
    others = {
        fingerprint("other", TASK, "m", "staged", settings),
        fingerprint("key", TASK.model_copy(update={"issue": "another"}), "m", "staged", settings),
        fingerprint("key", TASK.model_copy(update={"base_commit": "beef"}), "m", "staged", settings),
        fingerprint("key", TASK, "n", "staged", settings),
        fingerprint("key", TASK, "m", "tools", settings),
        fingerprint("key", TASK, "m", "staged", Settings(seed=1)),
        fingerprint("key", TASK, "m", "staged", Settings(reproduce=False)),
        fingerprint("key", TASK, "m", "staged", Settings(test_budget=1.0)),
    }
    assert len(others | {base}) == 9


def test_a_home_that_cannot_be_written_is_named_and_is_no_full_disk(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder\n")
    with pytest.raises(FaultError, match="file/runs: Not a directory") as failed:
        begun(RunStore(tmp_path / "file" / "runs"))
    assert "MEMCODER_HOME" in failed.value.hint


def test_only_a_folder_is_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere is not a folder"):
        RunStore.open(tmp_path / "nowhere")
