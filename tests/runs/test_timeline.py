"""The timeline: what a run's events tell, a line each."""

from typing import Any

import pytest

from memcoder.records import Attempt, Comparison, Delivered, Fit, Review, Run, Task, TestRun, Verdict
from memcoder.runs.clock import clock
from memcoder.runs.fold import fold
from memcoder.runs.timeline import SHOWN, run_told, step_told

STARTED = {
    "event": "started",
    "time": 1.0,
    "id": "r",
    "task": Task(repository="/r", base_commit="c", issue="i").model_dump(mode="json"),
    "model": "m",
    "strategy": "tools",
    "seed": 0,
}
ATTEMPT = Attempt(number=1, origin="first", before="", action="a", diagnosis="E is 1\nmore", after="d", seconds=2.0)
ACTED = {"name": "bash", "arguments": {"command": "ls -l\nrm x"}, "failed": False, "ends": False}


def told(*events: dict[str, Any]) -> Run:
    return fold([STARTED, *({"time": 2.0, **event} for event in events)])


def test_each_kind_of_event_is_one_line_with_the_runs_own_time() -> None:
    verdict = Verdict(status="verified", comparison=Comparison(fixed=("t",)))
    run = told(
        {"event": "acted", **ACTED, "text": 'exit code 0\n<data source="output">\nlines\n</data>', "at_seconds": 61.0},
        {"event": "attempt", "attempt": ATTEMPT.model_dump(mode="json")},
        {"event": "fit", "fit": Fit().model_dump(mode="json"), "at_seconds": 70.5},
        {"event": "finished", "state": "stopped", "error": "the limit of 1 model calls was reached", "seconds": 71.0},
        {"event": "reopened"},
        {"event": "verdict", "patch": {"diff": "d"}, "verdict": verdict.model_dump(mode="json")},
        {"event": "finished", "state": "done"},
        {"event": "delivered", "delivered": Delivered(commit="a" * 40, onto="main").model_dump(mode="json")},
        {"event": "undone"},
        {"event": "reviewed", "review": Review(decision="accepted", by="me", time=3).model_dump(mode="json")},
        {"event": "unheard of"},
    )
    assert [(each.seconds, each.what, each.outcome, each.passed) for each in run.timeline] == [
        (61.0, "bash ls -l", "exit code 0", False),
        (61.0, "attempt 1 (first, 2.0 s)", "E is 1", False),
        (70.5, "fit", "1.00, 0 kept, 0 broken", True),
        (71.0, "stopped", "the limit of 1 model calls was reached", False),
        (71.0, "resumed, with higher limits", "", False),
        (71.0, "verdict in a fresh sandbox", "verified", True),
        (71.0, "brought home", "commit aaaaaaaaaaaa on main", True),
        (71.0, "taken back", "", False),
        (71.0, "review by me", "accepted", True),
    ]


def test_a_resumed_run_has_no_verdict_of_its_stop_and_attempts_keep_their_last_word() -> None:
    again = ATTEMPT.model_copy(update={"action": "b"})
    run = told(
        {"event": "attempt", "attempt": ATTEMPT.model_dump(mode="json")},
        {"event": "finished", "state": "stopped", "error": "limit"},
        {"event": "reopened"},
        {"event": "attempt", "attempt": again.model_dump(mode="json")},
    )
    assert (run.state, run.error, run.finished, run.verdict) == ("running", "", None, None)
    assert [attempt.action for attempt in run.attempts] == ["b"]


def test_candidates_number_their_attempts_for_themselves() -> None:
    of = [{**ATTEMPT.model_dump(mode="json"), "candidate": number} for number in (1, 2, 2)]
    run = told(*({"event": "attempt", "attempt": attempt} for attempt in of))
    assert [(each.candidate, each.number) for each in run.attempts] == [(1, 1), (2, 1)]


def test_a_step_is_told_in_one_line_and_some_of_its_output_below() -> None:
    lines = "\n".join(f"line {number}" for number in range(50))
    said = step_told("bash", {"command": "x" * 500}, f"exit code 1\n<data>\n{lines}\n</data>").splitlines()
    assert said[0].startswith("bash xxx")
    assert said[0].endswith("…: exit code 1")
    assert len(said[0]) < 150
    assert said[1:] == [f"  line {number}" for number in range(SHOWN - 1)]


@pytest.mark.parametrize(("seconds", "shown"), [(0.9, "0:00"), (61, "1:01"), (3600, "1:00:00"), (86399, "23:59:59")])
def test_times_are_as_on_a_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (TestRun(command="t", exit_code=1, tests={"a": "failed", "b": "passed"}), "1 of 2 tests fail, exit 1"),
        (TestRun(command="t", exit_code=124, timed_out=True, seconds=8.2), "stopped after 8 s"),
        (
            TestRun(command="t", exit_code=1, output="x\nNo module named t\n"),
            "exit 1, and it told of no test: No module named t",
        ),
        (TestRun(command="t", exit_code=4), "exit 4, and it told of no test: nothing printed"),
    ],
)
def test_a_run_that_told_of_no_test_says_why(run: TestRun, words: str) -> None:
    assert run_told(run) == words


def test_a_tool_is_named_once() -> None:
    assert step_told("edit", {"path": "a.py"}, "edit: the old text is not in a.py.") == (
        "edit a.py: the old text is not in a.py."
    )


def test_what_came_of_a_call_stands_before_our_own_notes() -> None:
    assert step_told("bash", {"command": "ls"}, "[The sandbox was started anew.]\nexit code 0") == (
        "bash ls: exit code 0\n  [The sandbox was started anew.]"
    )
