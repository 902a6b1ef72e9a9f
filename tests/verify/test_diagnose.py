from memcoder.records import TestRun
from memcoder.verify.diagnose import diagnose


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
