"""Sort every test by what happened to it between the base commit and the patch."""

from memcoder.records import Comparison, TestRun

FAILING = ("failed", "error")


def compare(before: TestRun, after: TestRun) -> Comparison:
    """A test that vanished while it passed before counts as broken: deleting a test is not a fix.

    Where the runner named no tests, the whole command stands as one.
    """
    if not before.tests and not after.tests:
        return _whole_command(before, after)
    fixed: list[str] = []
    still: list[str] = []
    broken: list[str] = []
    unchanged = 0
    for name in sorted(before.tests.keys() | after.tests.keys()):
        was, now = before.tests.get(name), after.tests.get(name)
        if now in FAILING:
            (broken if was == "passed" else still).append(name)
        elif now == "passed" and was != "passed":
            fixed.append(name)
        elif now is None and was == "passed":
            broken.append(name)
        elif now is None and was in FAILING:
            still.append(name)
        else:
            unchanged += 1
    return Comparison(fixed=tuple(fixed), still_failing=tuple(still), broken=tuple(broken), unchanged=unchanged)


def _whole_command(before: TestRun, after: TestRun) -> Comparison:
    name = (after.command,)
    if after.passed:
        return Comparison(unchanged=1) if before.passed else Comparison(fixed=name)
    return Comparison(broken=name) if before.passed else Comparison(still_failing=name)
