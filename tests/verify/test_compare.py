from memcoder.records import Outcome, TestRun
from memcoder.verify.compare import compare


def run(exit_code: int = 0, **tests: Outcome) -> TestRun:
    return TestRun(command="test", exit_code=exit_code, tests=tests)


def test_sorts_each_test_by_what_happened_to_it() -> None:
    before = run(1, a="failed", b="failed", c="passed", d="passed", e="skipped")
    after = run(1, a="passed", b="error", c="failed", d="passed", e="skipped")
    change = compare(before, after)
    assert change.fixed == ("a",)
    assert change.still_failing == ("b",)
    assert change.broken == ("c",)
    assert change.unchanged == 2


def test_a_deleted_passing_test_is_broken_and_a_deleted_failing_one_is_not_fixed() -> None:
    change = compare(run(1, kept="passed", good="passed", bad="failed"), run(0, kept="passed"))
    assert change.broken == ("good",)
    assert change.still_failing == ("bad",)
    assert change.fixed == ()


def test_a_test_that_could_not_run_before_and_passes_now_is_fixed() -> None:
    assert compare(run(2), run(0, new="passed")).fixed == ("new",)


def test_without_test_names_the_command_stands_as_one_test() -> None:
    assert compare(run(1), run(0)).fixed == ("test",)
    assert compare(run(0), run(1)).broken == ("test",)
    assert compare(run(1), run(1)).still_failing == ("test",)
    assert compare(run(0), run(0)).unchanged == 1
