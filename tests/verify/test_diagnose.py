import pytest

from memcoder.records import TestRun
from memcoder.verify.diagnose import diagnose, raw_log
from tests.verify.runners.test_readers import READERS, recorded


def test_a_passing_run_needs_no_diagnosis() -> None:
    assert diagnose(TestRun(command="t", exit_code=0)) == ""


def test_the_shortest_failure_is_told_with_the_counts() -> None:
    run = TestRun(
        command="t",
        exit_code=1,
        tests={"a": "failed", "b": "failed", "c": "passed"},
        messages={"a": "x" * 500, "b": "E assert 1 == 2"},
    )
    text = diagnose(run)
    assert text.startswith("2 of 3 tests fail. b:")
    assert "assert 1 == 2" in text


def test_the_runner_s_own_frames_and_repeated_lines_are_left_out() -> None:
    message = "\n".join(
        ["/usr/lib/python3.11/json/decoder.py:1: x"] + ["app.py:3: in walk", "    walk()"] * 50 + ["E RecursionError"]
    )
    text = diagnose(TestRun(command="t", exit_code=1, tests={"a": "failed"}, messages={"a": message}))
    assert "/lib/python" not in text
    assert text.count("app.py:3") < 5
    assert text.endswith("E RecursionError")


def test_a_run_that_hung_is_told_with_the_place() -> None:
    output = (
        'Timeout (0:00:03)!\n  File "/repo/app.py", line 7 in spin\n  File "/usr/lib/python3.11/x.py", line 1 in y\n'
    )
    text = diagnose(TestRun(command="t", exit_code=124, output=output, seconds=5.0, timed_out=True))
    assert "did not end within 5 s" in text
    assert "/repo/app.py:7 in spin" in text


def test_without_messages_the_end_of_the_output_is_shown_within_the_limit() -> None:
    text = diagnose(TestRun(command="t", exit_code=1, output="\n".join(str(n) for n in range(5000))), limit=100)
    assert len(text) <= 100
    assert text.endswith("4999")


@pytest.mark.parametrize("name", READERS)
def test_the_first_line_tells_the_failure_in_every_language(name: str) -> None:
    """It is all that a list of attempts shows; "Traceback (most recent call last):" says nothing."""
    found = recorded(name)
    for test, message in found.messages.items():
        run = TestRun(command="t", exit_code=1, tests={test: "failed"}, messages={test: message})
        text = diagnose(run)
        first = text.partition("\n")[0]
        assert first.startswith(f"1 of 1 tests fails. {test}: ")
        assert len(first) > len(f"1 of 1 tests fails. {test}: ") + 5
        assert "Traceback" not in text
        assert "node_modules" not in text
        assert "/rustc/" not in text
        assert len(text) <= 700


def test_a_run_without_tests_is_told_by_what_the_compiler_says() -> None:
    output = "   Compiling shop v0.1.0\nerror[E0277]: cannot add `&str` to `u32`\n  --> src/lib.rs:13:15\n"
    text = diagnose(TestRun(command="cargo test", exit_code=101, output=output))
    assert text.startswith("No test was run: error[E0277]: cannot add")
    assert "Compiling" not in text
    assert "src/lib.rs:13:15" in text


def test_a_command_that_is_not_there_is_said_to_be_missing() -> None:
    text = diagnose(TestRun(command="npx jest", exit_code=127, output="sh: 1: npx: not found\n"))
    assert text == "The test command could not be started (exit 127): sh: 1: npx: not found"


def test_what_changed_since_the_earlier_run_has_its_place_within_the_limit() -> None:
    earlier = TestRun(command="t", exit_code=1, tests={"a": "failed", "b": "passed", "c": "passed"})
    run = TestRun(command="t", exit_code=1, tests={"a": "passed", "b": "failed"}, messages={"b": "E boom\n" * 400})
    text = diagnose(run, limit=300, earlier=earlier, circle="It fails just as attempt 1 did.")
    assert len(text) <= 300
    assert text.endswith("It fails just as attempt 1 did. Newly passing: a. Newly failing: b. Gone: c.")


def test_the_raw_log_is_the_end_of_the_output_as_it_came() -> None:
    run = TestRun(command="t", exit_code=1, output="x" * 5000 + "\nthe end\n")
    assert raw_log(run, 20).endswith("x\nthe end")
    assert len(raw_log(run, 20)) == 20
    assert raw_log(TestRun(command="t", exit_code=0, output="fine"), 20) == ""
