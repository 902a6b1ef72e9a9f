"""A project's own tests as a run's plan: chosen once, told, and the same again where the run goes on."""

from pathlib import Path

import pytest

from memcoder.agent.choosing import choose_suite
from memcoder.agent.journal import Journal
from memcoder.agent.limits import Limits
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.records import Patch, Place, Recall, Task, TestRun
from memcoder.runs.store import RunStore
from memcoder.sandbox.door import prepare
from memcoder.verify.judge import judge
from memcoder.verify.plan import TestPlan, suite_plan, with_reproduction
from tests.helpers import GitRepo

SOURCE = "def area(width, height):\n    return width + height\n"
NEAR = "from shape import area\n\n\ndef test_area():\n    assert area(2, 3) == 6\n"
SLOW = "import time\n\n\ndef test_slow():\n    time.sleep(20)\n"
FIX = """\
diff --git a/shape.py b/shape.py
--- a/shape.py
+++ b/shape.py
@@ -1,2 +1,2 @@
 def area(width, height):
-    return width + height
+    return width * height
"""
RECALL = Recall(query="", as_of="", symbols=(Place(path="shape.py", symbol="area", start=1, end=2),))


class Choosing:
    """One run's choice, as often as its run is opened."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        made = GitRepo(folder / "repo")
        made.commit("Areas", files)
        self.repo = Repository.open(made.path)
        self.task = Task(repository=str(made.path), base_commit=self.repo.head(), issue="wrong")
        self.runs = RunStore(folder / "runs")
        self.said: list[str] = []
        with self.runs.create(self.task, model="m", strategy="staged", seed=0, fingerprint="f"):
            pass  # the run is begun

    def choose(self, budget: float = 30.0) -> tuple[TestPlan | None, list[str]]:
        """The plan, and the events that this sitting wrote."""
        chosen = Settings(sandbox="local", test_budget=budget)
        log = self.runs.find_unfinished("f")
        assert log is not None
        with log, prepare(self.repo.path, self.task.base_commit, chosen).start() as sandbox:
            before = len(list(log.events()))
            journal = Journal(log, Limits.of(chosen), self.said.append)
            plan = choose_suite(self.repo, self.task.base_commit, RECALL, sandbox, journal, chosen)
            return plan, [event["event"] for event in list(log.events())[before:]]


def test_a_small_suite_is_run_whole(tmp_path: Path) -> None:
    choosing = Choosing(tmp_path, {"shape.py": SOURCE, "tests/test_shape.py": NEAR})
    plan, events = choosing.choose()
    assert plan == suite_plan(choosing.repo, choosing.task.base_commit)
    assert plan is not None
    assert plan.command == "python -m pytest -q"
    assert events == ["tested", "chosen"]
    assert "tests: all 1 test files, by pytest" in choosing.said


def test_a_slow_suite_is_run_in_part_and_a_resumed_run_makes_the_same_choice(tmp_path: Path) -> None:
    files = {"shape.py": SOURCE, "tests/test_shape.py": NEAR, "tests/test_zeal.py": SLOW}
    choosing = Choosing(tmp_path, files)
    plan, events = choosing.choose(budget=2.5)
    assert plan is not None
    assert plan.command == "python -m pytest -q tests/test_shape.py"
    assert (plan.test_files, plan.left_out) == (1, 1)
    assert events[-1] == "chosen"
    assert choosing.choose(budget=2.5) == (plan, []), "nothing is run again"


def test_a_project_without_tests_has_no_plan(tmp_path: Path) -> None:
    assert Choosing(tmp_path, {"shape.py": SOURCE}).choose() == (None, [])


def test_tests_that_cannot_be_run_are_told(tmp_path: Path) -> None:
    manifest = '{"devDependencies": {"jest": "30"}}'
    choosing = Choosing(tmp_path, {"package.json": manifest, "a.js": "", "a.test.js": "test('a', () => {});\n"})
    plan, _ = choosing.choose()
    assert plan is not None
    assert plan.runner == "jest"
    assert any(line.startswith("tests: none could be run: ") for line in choosing.said)


def test_what_was_not_run_is_named_in_the_verdict(tmp_path: Path) -> None:
    choosing = Choosing(tmp_path, {"shape.py": SOURCE, "tests/test_shape.py": NEAR, "tests/test_zeal.py": SLOW})
    plan = TestPlan(command="python -m pytest -q tests/test_shape.py", origin="suite", test_files=1, left_out=1)
    verdict = judge(
        prepare(choosing.repo.path, choosing.task.base_commit, Settings(sandbox="local")),
        choosing.repo,
        choosing.task.base_commit,
        Patch(diff=FIX, files=("shape.py",)),
        plan,
        timeout=60,
        before=TestRun(command=plan.command, exit_code=1, tests={"tests/test_shape.py::test_area": "failed"}),
    )
    assert verdict.status == "verified"
    assert "1 of 2 test files were not run: they are more than --test-budget allows" in verdict.unverified


@pytest.mark.parametrize(
    ("suite", "command"),
    [
        (None, "python -m pytest -q tests/test_r.py"),
        (TestPlan(command="python -m pytest -q", runner="pytest"), "python -m pytest -q"),
        (
            TestPlan(command="python -m pytest -q tests/test_a.py", runner="pytest", left_out=3),
            "python -m pytest -q tests/test_a.py tests/test_r.py",
        ),
        (
            TestPlan(command="python -m unittest", runner="unittest"),
            "python -m pytest -q tests/test_r.py; reproduced=$?; ( python -m unittest ) && [ $reproduced = 0 ]",
        ),
    ],
)
def test_a_reproduction_runs_beside_the_suite(suite: TestPlan | None, command: str) -> None:
    plan = with_reproduction(suite, "tests/test_r.py", "def test_r(): pass\n")
    assert plan.command == command
    assert plan.origin == "reproduction"
    assert plan.files == {"tests/test_r.py": "def test_r(): pass\n"}
    assert plan.left_out == (suite.left_out if suite else 0)
