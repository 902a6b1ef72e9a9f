"""Whether attempts get anywhere."""

from memcoder.records import TestRun
from memcoder.verify.progress import Trail, changed, signature


def run(message: str = "E assert 1 == 2", **tests: str) -> TestRun:
    return TestRun.model_validate(
        {"command": "t", "exit_code": 1, "tests": tests or {"a": "failed"}, "messages": {"a": message}}
    )


def test_the_same_failure_has_the_same_signature_whatever_differs_from_run_to_run() -> None:
    one = run("thread 'a' (7816) panicked at src/lib.rs:2:1:\nat 0x7f3a of <object at 0x1234>")
    two = run("thread 'a' (9001) panicked at src/lib.rs:2:1:\nat 0x5555 of <object at 0x9999>")
    assert signature(one) == signature(two)


def test_another_error_place_or_test_is_another_failure() -> None:
    marks = {
        signature(run("a.py:3: in f\nE assert 1 == 2")),
        signature(run("a.py:3: in f\nE assert 1 == 3")),
        signature(run("a.py:4: in f\nE assert 1 == 2")),
        signature(run("a.py:3: in f\nE assert 1 == 2", a="failed", b="failed")),
    }
    assert len(marks) == 4


def test_what_newly_passes_fails_or_is_gone_is_named() -> None:
    earlier = run(a="failed", b="passed", c="passed", d="failed")
    later = run(a="passed", b="error", d="failed")
    assert changed(earlier, later) == "Newly passing: a. Newly failing: b. Gone: c."
    assert changed(earlier, earlier) == ""
    assert changed(earlier, TestRun(command="t", exit_code=2)) == "No test was run any more."
    assert changed(TestRun(command="t", exit_code=1), later) == "", "where no tests were named nothing is compared"


def test_a_trail_notices_a_change_made_again_and_one_that_made_no_difference() -> None:
    trail = Trail()
    assert trail.follow(1, "diff one", run()) == ""
    assert trail.follow(2, "diff two", run("E assert 5 == 2")) == ""
    assert trail.follow(3, "diff three", run()) == "It fails just as attempt 1 did: that change made no difference."
    assert trail.follow(4, "diff two", run()) == "This is the change of attempt 2 once more."
